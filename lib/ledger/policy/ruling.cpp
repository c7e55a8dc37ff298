#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "ledger/records/fields.h"
#include "mlo/core/text.h"
#include "mlo/ledger/policy.h"

// Why somebody may or may not do something, in words.

namespace mlo::ledger {
namespace {

constexpr std::array<std::string_view, 5> kOnStages{"approve", "break-glass", "deploy", "promote",
                                                    "rollback"};

std::vector<std::string> names_of(const Permission& wish) {
  if (wish.resource.empty()) return {};
  const auto slash = wish.resource.rfind('/');
  const bool staged = std::ranges::find(kOnStages, wish.action) != kOnStages.end();
  if (!staged || slash == std::string::npos) return {wish.resource};
  return stage_names(wish.resource.substr(0, slash), wish.resource.substr(slash + 1));
}

std::string roles_line(const Policy& policy, const std::string& actor) {
  std::vector<std::string> parts;
  const auto add = [&](const auto& all) {
    if (const auto own = all.find(actor); own != all.end())
      for (const auto& role : own->second) parts.push_back(role);
  };
  add(policy.people);
  add(policy.machines);
  for (const auto& [title, team] : policy.teams)
    if (std::ranges::find(team.members, actor) != team.members.end())
      for (const auto& role : team.roles) parts.push_back(fmt::format("{} (team {})", role, title));
  return parts.empty() ? fmt::format("{} has no role", actor)
                       : fmt::format("{} has {}", actor, join(parts, ", "));
}

/// "release (ana, cy)": each role that permits it, and who has it.
std::vector<std::string> who_could(const Policy& policy, const Permission& wish,
                                   const std::vector<std::string>& resources) {
  std::vector<std::string> lines;
  for (const auto& one : policy.roles) {
    const auto& role = one.first;
    const Policy only{.roles = {one}, .people = {{"x", {role}}}};
    if (!only.permits("x", wish.action, resources)) continue;
    std::vector<std::string> holders;
    const auto add = [&](const std::string& name) {
      const auto roles = policy.roles_of(name);
      if (std::ranges::find(roles, role) != roles.end() &&
          std::ranges::find(holders, name) == holders.end())
        holders.push_back(name);
    };
    for (const auto& [name, roles] : policy.people) add(name);
    for (const auto& [name, roles] : policy.machines) add(name);
    for (const auto& [title, team] : policy.teams)
      for (const auto& name : team.members) add(name);
    lines.push_back(fmt::format("{} ({})", role, holders.empty() ? "nobody" : join(holders, ", ")));
  }
  return lines;
}

std::optional<std::string> permitting_role(const Policy& policy, const std::string& actor,
                                           const Permission& wish,
                                           const std::vector<std::string>& resources) {
  for (const auto& role : policy.roles_of(actor)) {
    const auto found = policy.roles.find(role);
    if (found == policy.roles.end()) continue;
    const Policy only{.roles = {*found}, .people = {{"x", {role}}}};
    if (only.permits("x", wish.action, resources)) return role;
  }
  return std::nullopt;
}

/// Whether some name may be meant by both: up to its first star a pattern is taken at its word.
bool may_overlap(std::string_view one, std::string_view other) {
  const auto start = [](std::string_view pattern) { return pattern.substr(0, pattern.find('*')); };
  return start(one).starts_with(start(other)) || start(other).starts_with(start(one));
}

/// What protects `name`, or something that it is a pattern of.
std::vector<const Protection*> protections_of(const Policy& policy, std::string_view name) {
  std::vector<const Protection*> found;
  if (name.find('*') == std::string_view::npos) {
    const auto* rule = policy.protection_of_data(name);
    if (rule == nullptr) rule = policy.protection_of_model(name);
    if (rule != nullptr) found.push_back(rule);
    return found;
  }
  for (const auto* const all : {&policy.data, &policy.models})
    for (const auto& rule : *all)
      if (may_overlap(rule.pattern, name)) found.push_back(&rule);
  return found;
}

Ruling rule_on_one(const Policy& policy, const std::string& actor, const std::string& name,
                   const Protection* rule) {
  if (rule->read.empty())
    return {
        policy.knows(actor),
        {fmt::format("'{}' may be read by all whom the policy knows; each read is recorded", name)},
        {}};
  const std::vector<std::string> resources{name};
  const bool may = policy.among(actor, rule->read) || policy.permits(actor, "read", resources);
  return {may,
          {roles_line(policy, actor),
           fmt::format("'{}' is protected: {} may read it; each read is recorded", name,
                       join(rule->read, ", "))},
          {}};
}

/// `typed` as the ledger spells it: "./data/raw" is "data/raw" there.
Ruling rule_on_reading(const Policy& policy, const std::string& actor, const std::string& typed) {
  auto name = std::filesystem::path(typed).lexically_normal().generic_string();
  if (name.ends_with('/')) name.pop_back();
  const auto rules = protections_of(policy, name);
  if (rules.empty())
    return {true,
            {fmt::format("'{}' is not protected; content that is protected under another name "
                         "stays so under this one",
                         name)},
            {}};
  Ruling last;
  for (const auto* const rule : rules) {
    last = rule_on_one(policy, actor, rules.size() == 1 ? name : rule->pattern, rule);
    if (!last.allowed) break;
  }
  return last;
}

}  // namespace

Ruling rule_on(const Policy& policy, const std::string& actor, const Permission& wish) {
  if (!policy.knows(actor))
    return {
        false,
        {fmt::format("the policy does not know '{}'", actor)},
        {fmt::format("add {} to mlo.yaml: access: people, then: mlo policy apply -m WHY", actor)}};
  if (wish.action == "read" && !wish.resource.empty())
    return rule_on_reading(policy, actor, wish.resource);
  const auto resources = names_of(wish);
  Ruling ruling{.allowed = policy.permits(actor, wish.action, resources),
                .reasons = {roles_line(policy, actor)},
                .next = {}};
  if (const auto role = permitting_role(policy, actor, wish, resources)) {
    ruling.reasons.push_back(fmt::format("{} permits {}", *role, wish.text()));
  } else {
    ruling.reasons.push_back(fmt::format("no role of {} permits {}", actor, wish.text()));
    const auto others = who_could(policy, wish, resources);
    ruling.reasons.push_back(others.empty() ? "no role permits it"
                                            : "permitted to " + join(others, ", "));
  }
  if (wish.action == "approve" && policy.machines.contains(actor)) {
    ruling.allowed = false;
    ruling.reasons.emplace_back("a machine cannot approve");
  }
  const auto* rule = wish.action == "track" && !wish.resource.empty()
                         ? policy.protection_of_data(wish.resource)
                         : nullptr;
  if (rule != nullptr && !rule->write.empty() && !policy.among(actor, rule->write)) {
    ruling.allowed = false;
    ruling.reasons.push_back(fmt::format("'{}' is protected: only {} may change it", wish.resource,
                                         join(rule->write, ", ")));
  }
  return ruling;
}

}  // namespace mlo::ledger
