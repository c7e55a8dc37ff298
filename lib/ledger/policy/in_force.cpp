#include "ledger/policy/in_force.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/policy/change.h"
#include "ledger/policy/gate.h"
#include "ledger/records/fields.h"
#include "ledger/records/policy_change.h"
#include "mlo/core/error.h"
#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"

// The policy of a ledger as it is now, what waits for administrators, and what it means for an
// approval.

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

PolicyChange put_in_force(Ledger& ledger, const Policy& policy, const std::string& reason) {
  const auto entry =
      ledger.append(policy_statement(policy, std::nullopt), {"policy apply", reason});
  return {.in_force = true, .entry = entry.index, .consents = {ledger.actor()}, .needed = 1};
}

}  // namespace

std::optional<PolicyInForce> policy_in_force(Database& entries) {
  return entries.one(kInForce, [](const Row& row) {
    const auto entry = read_entry(row);
    return PolicyInForce{.policy = read_policy(entry).policy, .origin = origin_of(entry)};
  });
}

std::optional<PolicyInForce> policy_in_force(Ledger& ledger) {
  return policy_in_force(ledger.database());
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
  if (in_force && in_force->policy.digest() == policy.digest())
    return {.changed = false,
            .in_force = true,
            .entry = in_force->origin.entry,
            .consents = {},
            .needed = in_force->policy.admins.count};
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

}  // namespace mlo::ledger
