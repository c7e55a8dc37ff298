#include "ledger/policy/in_force.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/policy/change.h"
#include "ledger/policy/gate.h"
#include "ledger/records/access.h"
#include "ledger/records/fields.h"
#include "ledger/records/policy_change.h"
#include "mlo/core/error.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"

// The policy of a ledger as it is now, what waits for administrators, and what it means for a read
// or an approval.

namespace mlo::ledger {
namespace {

constexpr auto kInForce = R"sql(
  SELECT number, leaf, envelope FROM entry WHERE number = (SELECT max(entry) FROM policy)
)sql";
constexpr auto kOpen = R"sql(
  SELECT number, leaf, envelope FROM entry
  WHERE number IN (SELECT entry FROM policy_proposal
                   WHERE entry > (SELECT coalesce(max(entry), -1) FROM policy))
  ORDER BY number DESC
)sql";
constexpr auto kNamesOf = R"sql(
  SELECT DISTINCT 'dataset', path FROM dataset_version WHERE digest = ?1
  UNION SELECT DISTINCT 'model', model FROM model_version WHERE digest = ?1
)sql";
constexpr auto kAnyPolicy = "SELECT count(*) FROM (SELECT 1 FROM policy LIMIT 1)";

// Base64 makes a third more of a payload, and an entry holds 64 KiB.
constexpr std::size_t kMaxBytes = 36'000;
constexpr std::size_t kBytesPerRead = 140;  // digest, kind, count, names and quotes

bool any_policy(Database& database) {
  return database.one(kAnyPolicy, [](const Row& row) { return row.get<bool>(0); }).value();
}

const Protection* protection_of(const Policy& policy, const Access& access) {
  return access.kind == "model" ? policy.protection_of_model(access.name)
                                : policy.protection_of_data(access.name);
}

void require_reader(const Policy& policy, const std::string& actor, const Access& access,
                    const Protection& rule) {
  const std::vector<std::string> resources{access.name};
  if (policy.knows(actor) && (rule.read.empty() || policy.among(actor, rule.read) ||
                              policy.permits(actor, "read", resources)))
    return;
  throw Error(ErrorKind::not_allowed, "'{}' is protected, and {} may not read it", access.name,
              actor)
      .hint("mlo policy explain {} read:{}", actor, access.name);
}

/// The same content may have been recorded under other names: it is no less protected for that.
std::vector<Access> under_all_names(Database& views, const Access& asked) {
  std::vector<Access> all{asked};
  views.each(kNamesOf, {Bound(asked.digest)}, [&](const Row& row) {
    const auto kind = row.get<std::string>(0);
    const auto name = row.get<std::string>(1);
    if (kind != asked.kind || name != asked.name)
      all.push_back({.kind = kind, .name = name, .digest = asked.digest, .reads = asked.reads});
  });
  return all;
}

/// One entry, or several where one cannot hold all.
std::vector<Statement> access_statements(const std::string& how, std::span<const Access> all) {
  std::vector<Statement> statements;
  while (!all.empty()) {
    std::size_t count = 0;
    std::size_t size_bytes = 0;
    while (count < all.size() && size_bytes < kMaxBytes)
      size_bytes += kBytesPerRead + all[count++].name.size();
    statements.push_back(access_statement(how, all.first(count)));
    all = all.subspan(count);
  }
  return statements;
}

PolicyChange put_in_force(Ledger& ledger, const Policy& policy, const std::string& reason) {
  const auto entry =
      ledger.append(policy_statement(policy, std::nullopt), {"policy apply", reason});
  return {.in_force = true, .entry = entry.index, .consents = {ledger.actor()}, .needed = 1};
}

}  // namespace

std::optional<PolicyInForce> policy_in_force(Ledger& ledger) {
  auto found = read_records(
      ledger,
      [](const Entry& entry) {
        return PolicyInForce{.policy = read_policy(entry).policy, .origin = origin_of(entry)};
      },
      kInForce);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::optional<Law> law_of(const std::optional<PolicyInForce>& in_force) {
  if (!in_force) return std::nullopt;
  return Law{.policy = in_force->policy, .entry = in_force->origin.entry};
}

std::vector<Proposal> open_proposals(Ledger& ledger) {
  const auto in_force = policy_in_force(ledger);
  if (!in_force) return {};
  return read_records(
      ledger,
      [&](const Entry& entry) {
        auto text = read_policy(entry);
        return Proposal{.policy = std::move(text.policy),
                        .digest = text.digest,
                        .consents = consents_to(ledger.database(), *law_of(in_force), entry.index),
                        .needed = in_force->policy.admins.count,
                        .origin = origin_of(entry)};
      },
      kOpen);
}

PolicyChange propose_policy(Ledger& ledger, const Policy& policy, const std::string& reason) {
  const auto in_force = policy_in_force(ledger);
  if (!in_force || in_force->policy.admins.count <= 1) return put_in_force(ledger, policy, reason);
  const auto entry = ledger.append(proposal_statement(policy), {"policy apply", reason});
  return {.in_force = false,
          .entry = entry.index,
          .consents = {entry.actor},
          .needed = in_force->policy.admins.count};
}

PolicyChange consent_to_policy(Ledger& ledger, std::int64_t proposal, const std::string& reason) {
  const auto open = open_proposals(ledger);
  const auto found =
      proposal < 0 ? open.begin() : std::ranges::find_if(open, [&](const Proposal& one) {
        return one.origin.entry == proposal;
      });
  if (found == open.end())
    throw Error(ErrorKind::not_found, "{}",
                proposal < 0 ? std::string("no change of policy waits for consent")
                             : fmt::format("entry {} proposes no policy that could still come into "
                                           "force",
                                           proposal))
        .hint("mlo policy show");
  auto consents = found->consents;
  const auto actor = ledger.actor();
  if (std::ranges::find(consents, actor) != consents.end())
    throw Error(ErrorKind::conflict, "{} has agreed to entry {} already", actor,
                found->origin.entry)
        .hint("another administrator must: mlo policy approve {} -m WHY", found->origin.entry);
  consents.push_back(actor);
  std::vector<Statement> statements{consent_statement(found->origin.entry, found->digest)};
  const bool enough = static_cast<std::int64_t>(consents.size()) >= found->needed;
  if (enough) statements.push_back(policy_statement(found->policy, found->origin.entry));
  const auto entries = ledger.append(statements, {"policy approve", reason});
  return {.in_force = enough,
          .entry = entries.back().index,
          .consents = std::move(consents),
          .needed = found->needed};
}

std::vector<WeighedApproval> approvals_of(Ledger& ledger, const ModelVersion& version,
                                          const std::string& stage, const ApprovalRule& rule,
                                          Timestamp now) {
  const auto in_force = policy_in_force(ledger);
  const auto votes = weigh_approvals(ledger.database(), law_of(in_force),
                                     {.model = version.model,
                                      .number = version.number,
                                      .digest = version.digest,
                                      .stage = stage,
                                      .now = now},
                                     rule);
  std::vector<WeighedApproval> weighed;
  const auto all = approvals(ledger, version.model);
  for (const auto& vote : votes)
    for (const auto& approval : all)
      if (approval.origin.entry == vote.entry)
        weighed.push_back({.approval = approval,
                           .expires = vote.expires,
                           .counts = vote.why_not.empty(),
                           .why_not = vote.why_not});
  return weighed;
}

void record_access(Ledger& ledger, const std::string& how, const std::vector<Access>& accesses) {
  if (accesses.empty() || !any_policy(ledger.database())) return;
  const auto in_force = policy_in_force(ledger);
  const auto& policy = in_force->policy;
  if (policy.data.empty() && policy.models.empty()) return;
  const auto actor = ledger.actor();
  std::vector<Access> recorded;
  for (const auto& asked : accesses)
    for (const auto& access : under_all_names(ledger.database(), asked)) {
      const auto* rule = protection_of(policy, access);
      if (rule == nullptr) continue;
      require_reader(policy, actor, access, *rule);
      recorded.push_back(access);
    }
  if (recorded.empty()) return;
  ledger.append(access_statements(how, recorded), {how, ""}, Durability::with_the_next);
}

}  // namespace mlo::ledger
