#include "ledger/policy/judge.h"

#include <fmt/format.h>

#include "ledger/policy/change.h"
#include "ledger/policy/gate.h"
#include "ledger/policy/keys.h"
#include "ledger/record_kind.h"
#include "ledger/records/policy_change.h"
#include "ledger/statement.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr auto kLaw = "SELECT coalesce(max(entry), -1) FROM policy";
constexpr auto kEntry = "SELECT number, leaf, envelope FROM entry WHERE number = ?1";
constexpr auto kLeaf = "SELECT leaf FROM entry WHERE number = ?1";
constexpr auto kVersionDigest = R"sql(
  SELECT digest FROM model_version WHERE model = ?1 AND number = ?2
)sql";

std::vector<std::string> names_of(const RecordKind* kind, const Entry& entry) {
  if (kind != nullptr && kind->resources) return kind->resources(entry);
  std::vector<std::string> names;
  for (const auto& subject : entry.subjects) names.push_back(subject.name);
  return names;
}

/// "promote", or the type itself of a kind that this mlo does not know.
std::vector<std::string> actions_of(const RecordKind* kind, const Entry& entry) {
  if (kind == nullptr) return {entry.predicate_type};
  if (kind->actions.empty()) return {kind->word};
  return kind->actions;
}

std::string wish(const std::string& action, const std::vector<std::string>& resources) {
  // The most telling of its names: "churn/production" rather than "production".
  const std::string* longest = nullptr;
  for (const auto& name : resources)
    if (longest == nullptr || name.size() > longest->size()) longest = &name;
  return longest == nullptr ? action : fmt::format("{}:{}", action, *longest);
}

/// What was judged, approved and validated is the registered content, and so must be what moves.
std::optional<Objection> object_to_digest(Database& views, const Entry& entry) {
  const auto* gate = entry.predicate.find("mlo_gate");
  const auto& facts = gate == nullptr ? entry.predicate : *gate;
  const auto* model = facts.find("model");
  const auto* number = facts.find("number");
  if (model == nullptr || number == nullptr || facts.find("stage") == nullptr) return std::nullopt;
  const auto digest = views.one(
      kVersionDigest, [](const Row& row) { return row.get<Digest>(0); }, model->as_string(),
      number->as_integer());
  if (!digest || entry.subjects.size() != 1 || entry.subjects.front().digest == *digest)
    return std::nullopt;
  return Objection{
      fmt::format("it speaks of {}, but {}@{} is {}", entry.subjects.front().digest.brief(),
                  model->as_string(), number->as_integer(), digest->brief()),
      "mlo models show " + model->as_string()};
}

std::optional<Objection> object_to_writing(const Entry& entry, const Law& law) {
  if (entry.predicate_type != "urn:mlo:dataset-version:v1" &&
      entry.predicate_type != "urn:mlo:untracking:v1")
    return std::nullopt;
  for (const auto& subject : entry.subjects) {
    const auto* rule = law.policy.protection_of_data(subject.name);
    if (rule == nullptr || rule->write.empty() || law.policy.among(entry.actor, rule->write))
      continue;
    return Objection{fmt::format("'{}' is protected: only {} may change it", subject.name,
                                 join(rule->write, ", "))};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Objection> Judge::objection(const Entry& entry) {
  // How a ledger begins is not a matter of policy.
  if (entry.predicate_type == "urn:mlo:repository:v1")
    return entry.index <= 1
               ? std::nullopt
               : std::optional(Objection{"a ledger begins only once", "mlo audit log"});
  if (const auto& problem = key_state(entry); problem) {
    const bool introduces = entry.predicate_type == "urn:mlo:identity:v1";
    if (!introduces) return Objection{*problem, "mlo identity show " + entry.actor};
  }
  auto found = by_kind(entry);
  const auto* kind = record_kinds().find(entry.predicate_type);
  if (kind != nullptr && kind->authority == Authority::own_rules) {
    // The next entry may be under another policy, or its key under another state.
    law_known_ = false;
    keys_.clear();
  }
  return found;
}

void Judge::require(const Entry& entry) {
  const auto found = objection(entry);
  if (found) throw Error(ErrorKind::not_allowed, "{}", found->why).hint("{}", found->hint);
}

std::optional<Objection> Judge::by_kind(const Entry& entry) {
  const auto& type = entry.predicate_type;
  const auto in_force = law();
  if (type == "urn:mlo:identity:v1" || type == "urn:mlo:identity-change:v1")
    return object_to_identity(records_, in_force, entry);
  if (type == kPolicyType || type == kProposalType || type == kConsentType)
    return object_to_policy(records_, in_force, entry);
  if (auto other = object_to_digest(records_.views, entry)) return other;
  return in_force ? by_permission(entry, *in_force) : std::nullopt;
}

std::optional<Objection> Judge::by_permission(const Entry& entry, const Law& law) {
  const auto& policy = law.policy;
  const auto* kind = record_kinds().find(entry.predicate_type);
  if (!policy.knows(entry.actor))
    return Objection{fmt::format("the policy does not know '{}'", entry.actor)};
  if (kind != nullptr && kind->authority != Authority::permission) return std::nullopt;
  const auto resources = names_of(kind, entry);
  const auto actions = actions_of(kind, entry);
  const bool breaks_glass = is_break_glass(entry);
  bool permitted = false;
  for (const auto& action : actions)
    permitted = permitted || ((action == "break-glass" || !breaks_glass) &&
                              policy.permits(entry.actor, action, resources));
  if (!permitted) {
    const auto wanted = wish(breaks_glass ? "break-glass" : actions.front(), resources);
    return Objection{fmt::format("the policy does not let {} {}", entry.actor, wanted),
                     fmt::format("mlo policy explain {} {}", entry.actor, wanted)};
  }
  if (auto written = object_to_writing(entry, law)) return written;
  if (entry.predicate_type == "urn:mlo:promotion:v1" && !breaks_glass)
    return object_to_promotion(records_, law, entry);
  return std::nullopt;
}

const std::optional<std::string>& Judge::key_state(const Entry& entry) {
  const auto [found, fresh] = keys_.try_emplace({entry.actor, entry.key});
  if (fresh) {
    const auto state = ledger::key_state(records_.views, law(), entry.actor, entry.key);
    if (state == KeyState::not_vouched)
      found->second = fmt::format("the key {} of {} is not vouched for by enough administrators",
                                  entry.key.brief(), entry.actor);
    else if (state != KeyState::in_force)
      found->second =
          fmt::format("the key {} of {} was {}", entry.key.brief(), entry.actor, text_of(state));
  }
  return found->second;
}

void Judge::read_policy_of(std::int64_t entry) {
  const auto leaf = records_.entries.one(
      kLeaf, [](const Row& row) { return row.get<Digest>(0); }, entry);
  if (leaf && known_.policy && known_.entry == entry && known_.leaf == *leaf) return;
  const auto found = records_.entries.one(kEntry, read_entry, entry);
  if (!found) throw Error(ErrorKind::integrity, "the policy in force, entry {}, is missing", entry);
  known_ = {.entry = entry, .leaf = found->leaf, .policy = read_policy(*found).policy};
}

std::optional<Law> Judge::law() {
  if (!law_known_) {
    const auto newest =
        records_.views.one(kLaw, [](const Row& row) { return row.get<std::int64_t>(0); }).value();
    if (newest >= 0 && newest != law_entry_) read_policy_of(newest);
    law_entry_ = newest;
    law_known_ = true;
  }
  if (law_entry_ < 0) return std::nullopt;
  return Law{.policy = *known_.policy, .entry = law_entry_};
}

}  // namespace mlo::ledger
