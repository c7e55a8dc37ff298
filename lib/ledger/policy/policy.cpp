#include "mlo/ledger/policy.h"

#include <algorithm>

namespace mlo::ledger {
namespace {

bool permission_covers(std::string_view permission, std::string_view action,
                       std::span<const std::string> resources) {
  const auto colon = permission.find(':');
  const auto allowed = permission.substr(0, colon);
  if (allowed != "*" && allowed != action) return false;
  if (colon == std::string_view::npos) return true;
  const auto pattern = permission.substr(colon + 1);
  return std::ranges::any_of(resources, [&](const auto& name) { return covers(pattern, name); });
}

const Protection* find_protection(const std::vector<Protection>& all, std::string_view name) {
  const auto found =
      std::ranges::find_if(all, [&](const Protection& one) { return covers(one.pattern, name); });
  return found == all.end() ? nullptr : &*found;
}

bool has(std::span<const std::string> all, std::string_view name) {
  return std::ranges::find(all, name) != all.end();
}

}  // namespace

bool Policy::knows(std::string_view actor) const {
  const std::string name(actor);
  return people.contains(name) || machines.contains(name) || has(admins.members, actor) ||
         std::ranges::any_of(teams,
                             [&](const auto& team) { return has(team.second.members, actor); });
}

bool Policy::is_admin(std::string_view actor) const {
  return has(admins.members, actor);
}

std::vector<std::string> Policy::roles_of(std::string_view actor) const {
  std::vector<std::string> all;
  const auto add = [&](const std::vector<std::string>& names) {
    for (const auto& name : names)
      if (!has(all, name)) all.push_back(name);
  };
  const std::string name(actor);
  if (const auto person = people.find(name); person != people.end()) add(person->second);
  if (const auto machine = machines.find(name); machine != machines.end()) add(machine->second);
  for (const auto& [title, team] : teams)
    if (has(team.members, actor)) add(team.roles);
  return all;
}

bool Policy::among(std::string_view actor, std::span<const std::string> names) const {
  if (has(names, actor)) return true;
  for (const auto& [title, team] : teams)
    if (has(names, title) && has(team.members, actor)) return true;
  const auto mine = roles_of(actor);
  return std::ranges::any_of(mine, [&](const auto& role) { return has(names, role); });
}

bool Policy::permits(std::string_view actor, std::string_view action,
                     std::span<const std::string> resources) const {
  for (const auto& name : roles_of(actor)) {
    const auto role = roles.find(name);
    if (role == roles.end()) continue;
    for (const auto& permission : role->second)
      if (permission_covers(permission, action, resources)) return true;
  }
  return false;
}

const GateRule* Policy::gate(std::string_view model, std::string_view stage) const {
  const auto of_model = gates.find(std::string(model));
  if (of_model == gates.end()) return nullptr;
  const auto rule = of_model->second.find(std::string(stage));
  return rule == of_model->second.end() ? nullptr : &rule->second;
}

const Protection* Policy::protection_of_data(std::string_view path) const {
  if (const auto* found = find_protection(data, path)) return found;
  // Who reads a folder reads what is protected within it.
  const auto below = std::string(path) + "/";
  const auto found = std::ranges::find_if(data, [&](const Protection& one) {
    const auto literal = one.pattern.substr(0, one.pattern.find('*'));
    return literal.starts_with(below) ||
           (literal.size() < one.pattern.size() && below.starts_with(literal));
  });
  return found == data.end() ? nullptr : &*found;
}

const Protection* Policy::protection_of_model(std::string_view model) const {
  return find_protection(models, model);
}

}  // namespace mlo::ledger
