#include "data/contract/format_rules.h"

#include <cmath>
#include <utility>

#include "data/contract/words.h"

namespace mlo::data {

namespace {

using Kind = QualityRule::Kind;
using Operator = Condition::Operator;

Json list(const std::vector<std::string>& values) {
  return Json::Array(values.begin(), values.end());
}

/// Text as one reference, several as a list.
Json one_or_list(const std::vector<std::string>& values) {
  return values.size() == 1 ? Json(values.front()) : list(values);
}

void set_condition(Json& rule, const Condition& condition) {
  const bool two =
      condition.comparison == Operator::between || condition.comparison == Operator::not_between;
  const auto value =
      condition.value.is_number() ? Bound::of(condition.value).json() : condition.value;
  rule.set(odcs_operator(condition.comparison),
           two ? Json::array({value, condition.high.json()}) : value);
}

void set_library(Json& written, const QualityRule& rule) {
  written.set("type", "library");
  Json arguments = Json::object();
  switch (rule.kind) {
    case Kind::rows: written.set("metric", "rowCount"); break;
    case Kind::duplicates:
      written.set("metric", "duplicateValues");
      if (rule.column.empty()) arguments.set("properties", list(rule.columns));
      break;
    case Kind::missing:
      written.set("metric", rule.values.empty() ? "nullValues" : "missingValues");
      if (!rule.values.empty()) arguments.set("missingValues", list(rule.values));
      break;
    default:
      written.set("metric", "invalidValues");
      if (!rule.values.empty()) arguments.set("validValues", list(rule.values));
      if (!rule.pattern.empty()) arguments.set("pattern", rule.pattern);
  }
  if (arguments.size() > 0) written.set("arguments", std::move(arguments));
  if (rule.percent) written.set("unit", "percent");
  set_condition(written, rule.condition);
}

Json implementation_of(const QualityRule& rule) {
  if (rule.kind == Kind::order) return Json::object({{"order", rule.order}});
  Json written = Json::object();
  const auto& condition = rule.condition;
  if (rule.kind == Kind::expression) {
    written.set("expression", rule.sql);
    if (condition.comparison == Operator::less_or_equal)
      written.set("maximum", Bound::of(condition.value).json());
    return written;
  }
  written.set("statistic", rule.statistic);
  if (rule.statistic == "quantile") written.set("level", rule.level);
  const auto value = Bound::of(condition.value).json();
  if (condition.comparison != Operator::less_or_equal) written.set("minimum", value);
  if (condition.comparison == Operator::less_or_equal) written.set("maximum", value);
  if (condition.comparison == Operator::between) written.set("maximum", condition.high.json());
  return written;
}

Json custom_properties(const QualityRule& rule) {
  Json properties = Json::array();
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) properties.add(Json::object({{"property", name}, {"value", value}}));
  };
  add(kSource, rule.source);
  add(kWhere, rule.where);
  add(kBy, rule.by);
  add(kOwner, rule.owner);
  add(kReason, rule.reason);
  return properties;
}

}  // namespace

bool is_quality(const QualityRule& rule) {
  return rule.kind != Kind::reference && rule.kind != Kind::freshness;
}

Json format_quality(const QualityRule& rule) {
  Json written = Json::object();
  if (rule.name != name_of(rule)) written.set("name", rule.name);
  if (rule.kind == Kind::query) {
    written.set("type", "sql");
    written.set("query", rule.sql);
    set_condition(written, rule.condition);
  } else if (rule.kind == Kind::expression || rule.kind == Kind::statistic ||
             rule.kind == Kind::order) {
    written.set("type", "custom");
    written.set("engine", kEngine);
    written.set("implementation", implementation_of(rule));
    if (rule.percent) written.set("unit", "percent");
  } else {
    set_library(written, rule);
  }
  if (rule.severity != "error") written.set("severity", rule.severity);
  if (auto properties = custom_properties(rule); properties.size() > 0)
    written.set("customProperties", std::move(properties));
  return written;
}

Json format_relationship(const QualityRule& rule) {
  std::vector<std::string> targets;
  for (const auto& name : rule.target_columns) targets.push_back(rule.table + "." + name);
  Json written = Json::object({{"type", "foreignKey"}});
  if (rule.column.empty()) written.set("from", one_or_list(rule.columns));
  written.set("to", one_or_list(targets));
  if (auto properties = custom_properties(rule); properties.size() > 0)
    written.set("customProperties", std::move(properties));
  return written;
}

Json format_service_level(const QualityRule& rule, const std::string& table) {
  const double seconds = rule.condition.value.as_number();
  const bool hours = std::fmod(seconds, 3600) == 0;
  return Json::object({{"property", "freshness"},
                       {"value", Bound(hours ? seconds / 3600 : seconds / 60).json()},
                       {"unit", hours ? "h" : "m"},
                       {"element", table + "." + rule.column}});
}

}  // namespace mlo::data
