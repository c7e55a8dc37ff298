#include "ledger/records/policy_change.h"

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kName = "access policy";

constexpr auto kInsert = "INSERT INTO policy (entry, digest, proposal) VALUES (?1, ?2, ?3)";
constexpr auto kInsertProposal = "INSERT INTO policy_proposal (entry, digest) VALUES (?1, ?2)";
constexpr auto kInsertConsent = R"sql(
  INSERT INTO policy_consent (entry, proposal, digest) VALUES (?1, ?2, ?3)
)sql";

void project_policy(Database& database, const Entry& entry) {
  const auto text = read_policy(entry);
  if (entry.predicate_type == kPolicyType)
    database.run(kInsert, entry.index, text.digest, text.proposal);
  else
    database.run(kInsertProposal, entry.index, text.digest);
}

void project_consent(Database& database, const Entry& entry) {
  const auto consent = read_consent(entry);
  database.run(kInsertConsent, entry.index, consent.proposal, consent.digest);
}

std::string describe_policy(const Entry& entry) {
  const auto text = read_policy(entry);
  const auto policy = text.digest.brief();
  return entry.predicate_type == kPolicyType ? fmt::format("put the policy {} in force", policy)
                                             : fmt::format("proposed the policy {}", policy);
}

std::string describe_consent(const Entry& entry) {
  return fmt::format("agreed to the policy of entry {}", read_consent(entry).proposal);
}

const bool kPolicyRegistered =
    record_kinds().add(std::string(kPolicyType), {.word = "policy",
                                                  .project = project_policy,
                                                  .describe = describe_policy,
                                                  .authority = Authority::own_rules});
const bool kProposalRegistered =
    record_kinds().add(std::string(kProposalType), {.word = "policy",
                                                    .project = project_policy,
                                                    .describe = describe_policy,
                                                    .authority = Authority::own_rules});
const bool kConsentRegistered =
    record_kinds().add(std::string(kConsentType), {.word = "policy",
                                                   .project = project_consent,
                                                   .describe = describe_consent,
                                                   .authority = Authority::own_rules});

Statement text_statement(const Policy& policy, std::string_view type) {
  return {.subjects = {{.name = kName, .digest = policy.digest()}},
          .predicate_type = std::string(type),
          .predicate = Json::object({{"policy", policy.to_json()}})};
}

}  // namespace

PolicyText read_policy(const Entry& entry) {
  const auto& document = entry.predicate.at("policy");
  PolicyText text{.policy = Policy::from_json(document),
                  .digest = only_subject(entry).digest,
                  .proposal = integer_or_nothing(entry.predicate["proposal"])};
  if (Digest::of(document.canonical()) != text.digest)
    throw Error(ErrorKind::integrity, "the policy is not the one of its digest");
  return text;
}

PolicyConsent read_consent(const Entry& entry) {
  return {.proposal = entry.predicate.at("proposal").as_integer(),
          .digest = only_subject(entry).digest};
}

Statement policy_statement(const Policy& policy, std::optional<std::int64_t> proposal) {
  auto statement = text_statement(policy, kPolicyType);
  if (proposal) statement.predicate.set("proposal", *proposal);
  return statement;
}

Statement proposal_statement(const Policy& policy) {
  return text_statement(policy, kProposalType);
}

Statement consent_statement(std::int64_t proposal, const Digest& digest) {
  return {.subjects = {{.name = kName, .digest = digest}},
          .predicate_type = std::string(kConsentType),
          .predicate = Json::object({{"proposal", proposal}})};
}

}  // namespace mlo::ledger
