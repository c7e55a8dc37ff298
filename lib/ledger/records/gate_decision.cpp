#include "ledger/records/gate_decision.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "https://slsa.dev/verification_summary/v1";

constexpr auto kInsert = R"sql(
  INSERT INTO gate_decision (entry, model, number, digest, stage, passed, policy)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kInsertEvidence = R"sql(
  INSERT INTO gate_evidence (entry, position, weighed) VALUES (?1, ?2, ?3)
)sql";

constexpr auto kEnvelope = "SELECT envelope FROM entry WHERE number = ?1";

constexpr auto kOfModel = R"sql(
  SELECT entry.number, leaf, envelope FROM gate_decision JOIN entry ON entry.number = entry
  WHERE (?1 = '' OR model = ?1) AND (?2 = '' OR stage = ?2) ORDER BY entry DESC
)sql";

GateDecision read_decision(const Entry& entry) {
  const auto& facts = entry.predicate.at("mlo_gate");
  GateDecision decision{
      .model = facts.at("model").as_string(),
      .number = facts.at("number").as_integer(),
      .digest = only_subject(entry).digest,
      .stage = facts.at("stage").as_string(),
      .passed = entry.predicate.at("verificationResult").as_string() == "PASSED",
      .policy = Digest::parse(entry.predicate.at("policy").at("digest").at("sha256").as_string()),
      .origin = origin_of(entry)};
  for (const auto& reason : facts.at("reasons").as_array())
    decision.reasons.push_back(reason.as_string());
  for (const auto& weighed : facts.at("evidence").as_array())
    decision.evidence.push_back(weighed.as_integer());
  return decision;
}

void project_decision(Database& database, const Entry& entry) {
  const auto decision = read_decision(entry);
  require_version(database, decision.model, decision.number);
  database.run(kInsert, entry.index, decision.model, decision.number, decision.digest,
               decision.stage, decision.passed, decision.policy);
  std::int64_t position = 0;
  for (const auto weighed : decision.evidence)
    database.run(kInsertEvidence, entry.index, position++, weighed);
}

std::string describe(const Entry& entry) {
  const auto decision = read_decision(entry);
  return fmt::format("gate of {}: {} {}", decision.stage,
                     version_name(decision.model, decision.number),
                     decision.passed ? "may pass" : "refused");
}

const bool kRegistered = record_kinds().add(kType, {.word = "gate",
                                                    .project = project_decision,
                                                    .describe = describe,
                                                    .actions = {"promote", "break-glass"},
                                                    .resources = stage_resources});

/// SLSA reserves names that begin with "SLSA_"; ours say which stage the subject is fit for.
std::string level_of(const GateDecision& decision) {
  if (!decision.passed) return "FAILED";
  std::string level = "MLO_STAGE_" + decision.stage;
  std::ranges::transform(level, level.begin(), [](unsigned char letter) {
    return static_cast<char>(std::isalnum(letter) != 0 ? std::toupper(letter) : '_');
  });
  return level;
}

}  // namespace

Statement statement_of(const GateDecision& decision) {
  const auto name = version_name(decision.model, decision.number);
  Json reasons = Json::array();
  for (const auto& reason : decision.reasons) reasons.add(reason);
  Json evidence = Json::array();
  for (const auto weighed : decision.evidence) evidence.add(weighed);
  return {.subjects = {{.name = name, .digest = decision.digest}},
          .predicate_type = kType,
          .predicate =
              Json::object({{"verifier", Json::object({{"id", "urn:mlo:gate:v1"}})},
                            {"resourceUri", "urn:mlo:model:" + name},
                            {"policy", Json::object({{"uri", "urn:mlo:policy:" + decision.stage},
                                                     {"digest", digest_set(decision.policy)}})},
                            {"verificationResult", decision.passed ? "PASSED" : "FAILED"},
                            {"verifiedLevels", Json::array({level_of(decision)})},
                            {"mlo_gate", Json::object({{"model", decision.model},
                                                       {"number", decision.number},
                                                       {"stage", decision.stage},
                                                       {"reasons", std::move(reasons)},
                                                       {"evidence", std::move(evidence)}})}})};
}

Statement complete_decision(Database& database, const Statement& statement, Timestamp now) {
  if (statement.predicate_type != kType) return statement;
  Json attestations = Json::array();
  const auto text = [](const Row& row) { return row.get<std::string>(0); };
  for (const auto& weighed : statement.predicate.at("mlo_gate").at("evidence").as_array()) {
    const auto number = weighed.as_integer();
    const auto envelope = database.one(kEnvelope, text, number);
    if (!envelope) throw Error(ErrorKind::not_found, "no ledger entry {}", number);
    attestations.add(Json::object({{"uri", fmt::format("urn:mlo:entry:{}", number)},
                                   {"digest", digest_set(Digest::of(*envelope))}}));
  }
  auto completed = statement;
  completed.predicate.set("timeVerified", now.text());
  completed.predicate.set("inputAttestations", std::move(attestations));
  return completed;
}

std::vector<GateDecision> gate_decisions(Ledger& ledger, std::string_view model,
                                         std::string_view stage) {
  return read_records(ledger, read_decision, kOfModel, model, stage);
}

}  // namespace mlo::ledger
