#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "workspace/project_file.h"

// `access:` of mlo.yaml: roles, people, machines, teams, administrators, what is protected.

namespace mlo::workspace {
namespace {

constexpr std::int64_t kMostApprovals = 100;

std::vector<std::string> names_in(const Yaml* node) {
  return node == nullptr ? std::vector<std::string>() : node->texts();
}

std::int64_t read_count(const Yaml& node) {
  if (node.integer() < 1 || node.integer() > kMostApprovals)
    throw node.error(fmt::format("count is a number from 1 to {}", kMostApprovals));
  return node.integer();
}

void read_roles(const Yaml& node, ledger::Policy& policy) {
  for (const auto& [name, permissions] : node.map()) {
    auto& role = policy.roles[read_name(name)];
    for (const auto& text : permissions.texts())
      role.push_back(at_place(permissions, [&] { return ledger::Permission::parse(text).text(); }));
  }
}

/// Who is written with roles, each of which must be there.
class Duties {
 public:
  explicit Duties(ledger::Policy& policy) : policy_(policy) {}

  std::vector<std::string> roles(const Yaml& node) const {
    std::vector<std::string> known;
    for (const auto& [name, permissions] : policy_.roles) known.push_back(name);
    auto roles = node.texts();
    for (const auto& role : roles) {
      if (policy_.roles.contains(role)) continue;
      const auto near = nearest(role, known);
      throw node.error(fmt::format("no role '{}'", printable(role)))
          .hint("{}", near ? fmt::format("did you mean '{}'?", *near)
                           : fmt::format("add it: access: {{roles: {{{}: […]}}}}", role));
    }
    return roles;
  }

  /// Roles, teams and names that a rule lists.
  std::vector<std::string> principals(const Yaml* node) const {
    auto names = names_in(node);
    for (const auto& name : names)
      if (!policy_.roles.contains(name) && !policy_.teams.contains(name) && !policy_.knows(name))
        throw node->error(fmt::format("'{}' is no role, team, person or machine", printable(name)))
            .hint("see access: roles, teams, people, machines");
    return names;
  }

 private:
  ledger::Policy& policy_;
};

void read_people(const Yaml& node, const Duties& duties,
                 std::map<std::string, std::vector<std::string>>& people) {
  for (const auto& [name, roles] : node.map()) people[name.text()] = duties.roles(roles);
}

void read_teams(const Yaml& node, const Duties& duties, ledger::Policy& policy) {
  for (const auto& [name, team] : node.map()) {
    team.only({"members", "roles"});
    if (policy.roles.contains(name.text()))
      throw name.error(fmt::format("'{}' is a role already", name.text()))
          .hint("teams and roles are named in the same places: give it another name");
    auto& one = policy.teams[read_name(name)];
    one.members = names_in(team.find("members"));
    if (const auto* roles = team.find("roles")) one.roles = duties.roles(*roles);
  }
}

void read_admins(const Yaml& node, ledger::Policy& policy) {
  if (!node.is_map()) {
    policy.admins.members = node.texts();
    return;
  }
  node.only({"members", "count"});
  policy.admins.members = names_in(node.find("members"));
  if (const auto* count = node.find("count")) policy.admins.count = read_count(*count);
  if (policy.admins.count > static_cast<std::int64_t>(policy.admins.members.size()))
    throw node
        .error(fmt::format("{} administrators must agree, but there are {}", policy.admins.count,
                           policy.admins.members.size()))
        .hint("lower 'count', or add members");
}

std::vector<ledger::Protection> read_protections(const Yaml& node, const Duties& duties) {
  std::vector<ledger::Protection> all;
  for (const auto& [pattern, rule] : node.map()) {
    if (!rule.is_null()) rule.only({"read", "write"});
    all.push_back({.pattern = pattern.text(),
                   .read = duties.principals(rule.find("read")),
                   .write = duties.principals(rule.find("write"))});
  }
  return all;
}

void read_tests(const Yaml& node, AccessSpec& spec) {
  for (const auto& [who, wishes] : node.map()) {
    wishes.only({"may", "may_not"});
    for (const auto& [key, allowed] : {std::pair{"may", true}, std::pair{"may_not", false}}) {
      const auto* list = wishes.find(key);
      if (list == nullptr) continue;
      for (const auto& text : list->texts())
        spec.tests.push_back(
            {.who = who.text(),
             .wish = at_place(*list, [&] { return ledger::Permission::parse(text).text(); }),
             .allowed = allowed});
    }
  }
}

/// Roles, teams or names. A bare number is none: `approvals: 1` would ask a role called "1".
std::vector<std::string> approvers(const Yaml& node) {
  const auto refuse_number = [](const Yaml& one) {
    if (one.is_scalar() && one.to_json().is_number())
      throw one
          .error(fmt::format("approvals come from a role, team or person, not from '{}'",
                             printable(one.scalar)))
          .hint("approvals: {{from: release, count: 1}}");
  };
  refuse_number(node);
  for (const auto& one : node.items) refuse_number(one);
  return node.texts();
}

void require_one_kind(const Yaml& node, const ledger::Policy& policy) {
  for (const auto& [name, roles] : policy.machines)
    if (policy.people.contains(name))
      throw node.error(fmt::format("'{}' is among people and among machines", name))
          .hint("a machine cannot approve, a person can: keep one of them");
}

}  // namespace

ledger::ApprovalRule read_approvals(const Yaml& node) {
  ledger::ApprovalRule rule{.from = {}, .count = 1};
  if (!node.is_map()) {
    rule.from = approvers(node);
    return rule;
  }
  node.only({"from", "count", "expires"});
  if (const auto* from = node.find("from")) rule.from = approvers(*from);
  if (rule.from.empty())
    throw node.error("approvals need 'from': who may give them")
        .hint("approvals: {{from: release, count: 1}}");
  if (const auto* count = node.find("count")) rule.count = read_count(*count);
  if (const auto* expires = node.find("expires")) rule.expires_seconds = read_seconds(*expires);
  return rule;
}

AccessSpec read_access(const Yaml& node) {
  node.only({"roles", "people", "machines", "teams", "admins", "data", "models", "tests"});
  AccessSpec spec;
  auto& policy = spec.policy;
  const Duties duties(policy);
  if (const auto* roles = node.find("roles")) read_roles(*roles, policy);
  if (const auto* people = node.find("people")) read_people(*people, duties, policy.people);
  if (const auto* machines = node.find("machines")) read_people(*machines, duties, policy.machines);
  require_one_kind(node, policy);
  if (const auto* teams = node.find("teams")) read_teams(*teams, duties, policy);
  if (const auto* admins = node.find("admins")) read_admins(*admins, policy);
  if (const auto* data = node.find("data")) policy.data = read_protections(*data, duties);
  if (const auto* models = node.find("models")) policy.models = read_protections(*models, duties);
  if (const auto* tests = node.find("tests")) read_tests(*tests, spec);
  return spec;
}

}  // namespace mlo::workspace
