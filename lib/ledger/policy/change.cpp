#include "ledger/policy/change.h"

#include <set>

#include <fmt/format.h>

#include "ledger/policy/keys.h"
#include "ledger/records/policy_change.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kProposal = "SELECT digest FROM policy_proposal WHERE entry = ?1";
constexpr auto kAgreed = R"sql(
  SELECT actor, key FROM act
  WHERE entry = ?1 OR entry IN (
    SELECT policy_consent.entry FROM policy_consent JOIN policy_proposal ON policy_proposal.entry = proposal
    WHERE proposal = ?1 AND policy_consent.digest = policy_proposal.digest)
  ORDER BY entry
)sql";

std::optional<Digest> proposed(Database& views, std::int64_t proposal) {
  return views.one(
      kProposal, [](const Row& row) { return row.get<Digest>(0); }, proposal);
}

/// A proposal speaks of the policy that it was made under; agreed to later it would bring an older
/// one back.
std::optional<Objection> object_to_proposal(Database& views, const Law& law, std::int64_t proposal,
                                            const Digest& digest) {
  const auto named = proposed(views, proposal);
  if (!named || *named != digest)
    return Objection{fmt::format("entry {} does not propose this policy", proposal)};
  if (proposal < law.entry)
    return Objection{fmt::format("the proposal of entry {} is older than the policy in force, of "
                                 "entry {}",
                                 proposal, law.entry),
                     "propose it again: mlo policy apply -m WHY"};
  return std::nullopt;
}

std::optional<Objection> object_to_new_policy(const Records& records, const std::optional<Law>& law,
                                              const Entry& entry) {
  const auto text = read_policy(entry);
  if (!law && !text.policy.is_admin(entry.actor))
    return Objection{fmt::format("the first policy must have its author, {}, among its "
                                 "administrators",
                                 entry.actor),
                     "add yourself in mlo.yaml: access: {admins: [NAME]}"};
  if (auto locked = object_to_lockout(records.views, text.policy)) return locked;
  if (!law) return std::nullopt;
  const auto needed = law->policy.admins.count;
  if (needed <= 1 && !text.proposal) return std::nullopt;
  if (!text.proposal)
    return Objection{fmt::format("a change of policy needs {} administrators", needed),
                     "mlo policy apply -m WHY  proposes it"};
  if (auto stale = object_to_proposal(records.views, *law, *text.proposal, text.digest))
    return stale;
  const auto agreed = consents_to(records.views, *law, *text.proposal);
  if (static_cast<std::int64_t>(agreed.size()) >= needed) return std::nullopt;
  return Objection{
      fmt::format("the policy has the consent of {} ({} of {} administrators)",
                  agreed.empty() ? "nobody" : join(agreed, ", "), agreed.size(), needed),
      fmt::format("mlo policy approve {} -m WHY", *text.proposal)};
}

}  // namespace

std::vector<std::string> consents_to(Database& views, const Law& law, std::int64_t proposal) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  std::set<Digest> keys;
  views.each(kAgreed, {Bound(proposal)}, [&](const Row& row) {
    auto name = row.get<std::string>(0);
    const auto key = row.get<Digest>(1);
    if (!law.policy.is_admin(name) || key_state(views, law, name, key) != KeyState::in_force)
      return;
    // One person may be an administrator under two names, but has one key.
    if (seen.contains(name) || keys.contains(key)) return;
    seen.insert(name);
    keys.insert(key);
    names.push_back(std::move(name));
  });
  return names;
}

std::set<Digest> keys_of_administrators(Database& views, const Law& law) {
  std::set<Digest> keys;
  for (const auto& name : law.policy.admins.members)
    for (const auto& key : keys_in_force(views, law, name)) keys.insert(key);
  return keys;
}

std::optional<Objection> object_to_lockout(Database& views, const Policy& policy) {
  const auto count = policy.admins.count;
  if (policy.admins.members.empty() || count < 1)
    return Objection{"a policy needs administrators",
                     "add them in mlo.yaml: access: {admins: [NAME]}"};
  // By its own rules: a higher count also asks for more administrators behind each key.
  const auto keys = keys_of_administrators(views, {.policy = policy, .entry = -1});
  if (static_cast<std::int64_t>(keys.size()) >= count) return std::nullopt;
  return Objection{
      fmt::format("the policy asks for {} administrators, and {} of them {} a key here", count,
                  keys.size(), keys.size() == 1 ? "has" : "have"),
      "mlo identity add NAME KEY.pem -m WHY"};
}

std::optional<Objection> object_to_policy(const Records& records, const std::optional<Law>& law,
                                          const Entry& entry) {
  if (law && !law->policy.is_admin(entry.actor))
    return Objection{fmt::format("{} is no administrator of the policy", entry.actor)};
  if (entry.predicate_type == kPolicyType) return object_to_new_policy(records, law, entry);
  if (!law)
    return Objection{"without a policy there is nothing to agree on", "mlo policy apply -m WHY"};
  if (entry.predicate_type == kProposalType) {
    const auto text = read_policy(entry);
    return object_to_lockout(records.views, text.policy);
  }
  const auto consent = read_consent(entry);
  return object_to_proposal(records.views, *law, consent.proposal, consent.digest);
}

}  // namespace mlo::ledger
