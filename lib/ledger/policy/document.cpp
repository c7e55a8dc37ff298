#include "ledger/policy/patterns.h"
#include "mlo/ledger/policy.h"

// The policy as JSON: what an entry holds, and what administrators agree to.

namespace mlo::ledger {
namespace {

Json list(const std::vector<std::string>& names) {
  return Json::Array(names.begin(), names.end());
}

std::vector<std::string> texts(const Json& items) {
  std::vector<std::string> all;
  for (const auto& item : items.as_array()) all.push_back(item.as_string());
  return all;
}

Json lists(const std::map<std::string, std::vector<std::string>>& all) {
  Json object = Json::object();
  for (const auto& [name, names] : all) object.set(name, list(names));
  return object;
}

std::map<std::string, std::vector<std::string>> text_lists(const Json& object) {
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& [name, names] : object.as_object()) all[name] = texts(names);
  return all;
}

Json json_of(const GateRule& rule) {
  return Json::object(
      {{"after", rule.after},
       {"require", list(rule.require)},
       {"approvals", Json::object({{"from", list(rule.approvals.from)},
                                   {"count", rule.approvals.count},
                                   {"expires_seconds", rule.approvals.expires_seconds}})},
       {"max_age_seconds", rule.max_age_seconds},
       {"requirements", rule.requirements ? Json(rule.requirements->text()) : Json()}});
}

GateRule gate_rule(const Json& json) {
  const auto& approvals = json.at("approvals");
  GateRule rule{.after = json.at("after").as_string(),
                .require = texts(json.at("require")),
                .approvals = {.from = texts(approvals.at("from")),
                              .count = approvals.at("count").as_integer(),
                              .expires_seconds = approvals.at("expires_seconds").as_integer()},
                .max_age_seconds = json.at("max_age_seconds").as_integer(),
                .requirements = {}};
  if (const auto& digest = json.at("requirements"); !digest.is_null())
    rule.requirements = Digest::parse(digest.as_string());
  return rule;
}

Json protections(const std::vector<Protection>& all) {
  Json items = Json::array();
  for (const auto& one : all)
    items.add(Json::object(
        {{"name", one.pattern}, {"read", list(one.read)}, {"write", list(one.write)}}));
  return items;
}

std::vector<Protection> protections(const Json& items) {
  std::vector<Protection> all;
  for (const auto& item : items.as_array())
    all.push_back({.pattern = item.at("name").as_string(),
                   .read = texts(item.at("read")),
                   .write = texts(item.at("write"))});
  return all;
}

}  // namespace

Json Policy::to_json() const {
  Json groups = Json::object();
  for (const auto& [name, team] : teams)
    groups.set(name, Json::object({{"members", list(team.members)}, {"roles", list(team.roles)}}));
  Json rules = Json::object();
  for (const auto& [model, stages] : gates) {
    Json of_model = Json::object();
    for (const auto& [stage, rule] : stages) of_model.set(stage, json_of(rule));
    rules.set(model, std::move(of_model));
  }
  return Json::object(
      {{"roles", lists(roles)},
       {"people", lists(people)},
       {"machines", lists(machines)},
       {"teams", std::move(groups)},
       {"admins", Json::object({{"members", list(admins.members)}, {"count", admins.count}})},
       {"data", protections(data)},
       {"models", protections(models)},
       {"gates", std::move(rules)}});
}

Policy Policy::from_json(const Json& document) {
  Policy policy{.roles = text_lists(document.at("roles")),
                .people = text_lists(document.at("people")),
                .machines = text_lists(document.at("machines")),
                .teams = {},
                .admins = {.members = texts(document.at("admins").at("members")),
                           .count = document.at("admins").at("count").as_integer()},
                .data = protections(document.at("data")),
                .models = protections(document.at("models")),
                .gates = {}};
  for (const auto& [name, team] : document.at("teams").as_object())
    policy.teams[name] = {.members = texts(team.at("members")), .roles = texts(team.at("roles"))};
  for (const auto& [model, stages] : document.at("gates").as_object())
    for (const auto& [stage, rule] : stages.as_object())
      policy.gates[model][stage] = gate_rule(rule);
  for (const auto& [role, permissions] : policy.roles)
    for (const auto& permission : permissions) require_few_stars(permission);
  for (const auto* all : {&policy.data, &policy.models})
    for (const auto& one : *all) require_few_stars(one.pattern);
  return policy;
}

Digest Policy::digest() const {
  return Digest::of(to_json().canonical());
}

}  // namespace mlo::ledger
