#include "mlo/workspace/access.h"

#include <map>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::workspace {
namespace {

ledger::GateRule rule_of(const ModelSpec& model, const PromoteSpec& spec) {
  ledger::GateRule rule{.after = spec.after,
                        .require = spec.require,
                        .approvals = spec.approvals,
                        .max_age_seconds = spec.max_age_seconds,
                        .requirements = {}};
  // With the bounds themselves: who edits mlo.yaml must not make a failed figure pass.
  if (!rule.require.empty()) rule.requirements = model.validate.digest;
  return rule;
}

/// "roles.release" → "approve, deploy": every fact of a policy on a line of its own.
void flatten(const std::string& name, const Json& value,
             std::map<std::string, std::string>& facts) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.as_object())
      flatten(name.empty() ? key : fmt::format("{}.{}", name, key), inner, facts);
    return;
  }
  if (!value.is_array()) {
    facts[name] = value.is_string() ? value.as_string() : value.dump();
    return;
  }
  std::vector<std::string> texts;
  for (const auto& item : value.as_array()) {
    if (const auto* pattern = item.find("name"))
      flatten(name + "." + pattern->as_string(), item, facts);
    else
      texts.push_back(item.as_string());
  }
  if (!texts.empty()) facts[name] = join(texts, ", ");
}

}  // namespace

ledger::Policy wished_policy(const Project& project) {
  if (!project.access)
    throw Error(ErrorKind::not_found, "mlo.yaml has no 'access'")
        .hint("add it: access: {{roles: {{…}}, people: {{…}}, admins: [NAME]}}");
  auto policy = project.access->policy;
  for (const auto& model : project.models)
    for (const auto& [stage, spec] : model.promote)
      policy.gates[model.name][stage] = rule_of(model, spec);
  return policy;
}

std::vector<PolicyDifference> differences(const ledger::Policy& before,
                                          const ledger::Policy& after) {
  std::map<std::string, std::string> old_facts;
  std::map<std::string, std::string> new_facts;
  flatten("", before.to_json(), old_facts);
  flatten("", after.to_json(), new_facts);
  std::vector<PolicyDifference> found;
  for (const auto& [fact, value] : old_facts) {
    const auto now = new_facts.find(fact);
    if (now == new_facts.end())
      found.push_back({fact, value, ""});
    else if (now->second != value)
      found.push_back({fact, value, now->second});
  }
  for (const auto& [fact, value] : new_facts)
    if (!old_facts.contains(fact)) found.push_back({fact, "", value});
  return found;
}

std::vector<PolicyTestResult> test_policy(const Project& project) {
  const auto policy = wished_policy(project);
  std::vector<PolicyTestResult> results;
  for (const auto& test : project.access->tests) {
    auto ruling = ledger::rule_on(policy, test.who, ledger::Permission::parse(test.wish));
    results.push_back({test, ruling.allowed == test.allowed, std::move(ruling.reasons)});
  }
  return results;
}

}  // namespace mlo::workspace
