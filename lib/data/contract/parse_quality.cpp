#include "data/contract/parse_quality.h"

#include <algorithm>
#include <utility>

#include "data/contract/keys.h"
#include "data/contract/words.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

using Kind = QualityRule::Kind;
using Operator = Condition::Operator;

std::string text_or_nothing(const Yaml* node) {
  return node == nullptr ? "" : node->text();
}

bool is_percent(const Yaml& rule) {
  const auto* unit = rule.find("unit");
  if (unit == nullptr || unit->text() == "rows") return false;
  if (unit->text() == "percent" || unit->text() == "%") return true;
  throw unit->error(fmt::format("unit '{}' is neither rows nor percent", unit->text()));
}

std::pair<Bound, Bound> two_bounds(const Yaml& node) {
  const auto& ends = node.sequence();
  if (ends.size() != 2 || parse_bound(ends[0]) > parse_bound(ends[1]))
    throw node.error("expected the smaller and the larger number").hint("write [0, 100]");
  return {parse_bound(ends[0]), parse_bound(ends[1])};
}

/// The one operator of a rule, with what it is compared to.
std::optional<Condition> condition_of(const Yaml& rule) {
  std::optional<Condition> found;
  for (const auto& entry : rule.map()) {
    const auto comparison = parse_odcs_operator(entry.first.text());
    if (!comparison) continue;
    if (found) throw entry.first.error("a second operator in one rule");
    found = Condition{.comparison = *comparison};
    if (*comparison == Operator::between || *comparison == Operator::not_between) {
      const auto [low, high] = two_bounds(entry.second);
      found->value = low.json();
      found->high = high;
    } else if (*comparison == Operator::equal || *comparison == Operator::not_equal) {
      found->value = entry.second.to_json();
      if (found->value.is_null()) throw entry.second.error("expected a value");
    } else {
      found->value = parse_bound(entry.second).json();
    }
  }
  return found;
}

Condition required_condition(const Yaml& rule) {
  if (auto condition = condition_of(rule)) return *condition;
  throw rule.error("a rule without an operator").hint("add `mustBe: 0`, or another of ODCS");
}

/// Rules that only state a bound of a column are kept as that.
bool is_plain(const QualityRule& rule) {
  return rule.name.empty() && rule.where.empty() && rule.by.empty() && rule.owner.empty() &&
         rule.reason.empty() && rule.severity == "error";
}

bool must_be_zero(const Condition& condition) {
  return condition.comparison == Operator::equal && condition.value.is_number() &&
         condition.value.as_number() == 0;
}

bool keep_as_bound(Contract& contract, ColumnRule* column, const QualityRule& rule) {
  if (!is_plain(rule)) return false;
  const auto& condition = rule.condition;
  if (rule.kind == Kind::rows && condition.comparison == Operator::greater_or_equal &&
      condition.value.as_number() >= 0 && !contract.min_rows) {
    contract.min_rows = static_cast<std::int64_t>(condition.value.as_number());
    return true;
  }
  if (column == nullptr) return false;
  if (rule.kind == Kind::missing && rule.values.empty() && must_be_zero(condition)) {
    column->required = true;
    return true;
  }
  if (rule.kind == Kind::missing && rule.values.empty() && rule.percent &&
      condition.comparison == Operator::less_or_equal) {
    column->max_null_share = condition.value.as_number() / 100;
    return true;
  }
  if (rule.kind == Kind::duplicates && must_be_zero(condition)) {
    column->unique = true;
    return true;
  }
  if (rule.kind == Kind::invalid && rule.pattern.empty() && must_be_zero(condition) &&
      column->values.empty()) {
    column->values = rule.values;
    return true;
  }
  return false;
}

std::vector<std::string> list_of(const Yaml& arguments, std::string_view key) {
  const auto* found = arguments.find(key);
  std::vector<std::string> texts;
  if (found == nullptr) return texts;
  if (!found->is_sequence()) return found->texts();
  for (const auto& item : found->sequence())
    if (!item.is_null()) texts.push_back(item.text());  // null is missing anyway
  return texts;
}

void read_invalid(QualityRule& quality, const Yaml& rule) {
  const auto& arguments = required_key(rule, "arguments");
  arguments.only({"validValues", "pattern"});
  quality.values = list_of(arguments, "validValues");
  quality.pattern = text_or_nothing(arguments.find("pattern"));
  if (quality.values.empty() && quality.pattern.empty())
    throw arguments.error("expected validValues or pattern");
}

/// Of a column. False when the metric is none of one.
bool read_column_metric(QualityRule& quality, const Yaml& rule, const std::string& metric) {
  const auto* arguments = rule.find("arguments");
  if (metric == "nullValues" || metric == "missingValues") {
    quality.kind = Kind::missing;
    if (arguments != nullptr && metric == "missingValues")
      quality.values = list_of(*arguments, "missingValues");
    return true;
  }
  if (metric == "duplicateValues") {
    quality.kind = Kind::duplicates;
    quality.columns = {quality.column};
    return true;
  }
  if (metric != "invalidValues") return false;
  quality.kind = Kind::invalid;
  read_invalid(quality, rule);
  return true;
}

/// Of the table. False when the metric is none of one.
bool read_table_metric(QualityRule& quality, const Yaml& rule, const std::string& metric) {
  if (metric == "rowCount") {
    quality.kind = Kind::rows;
    if (quality.percent) throw rule.error("rows are no percentage of the rows");
    return true;
  }
  if (metric != "duplicateValues") return false;
  quality.kind = Kind::duplicates;
  if (const auto* arguments = rule.find("arguments"))
    quality.columns = list_of(*arguments, "properties");
  if (quality.columns.empty())
    throw rule.error("no columns are named").hint("add `arguments: {{properties: [a, b]}}`");
  return true;
}

void read_library(QualityRule& quality, const Yaml& rule, const ColumnRule* column) {
  const auto& metric = required_key(rule, "metric");
  quality.condition = required_condition(rule);
  quality.percent = is_percent(rule);
  const bool known = column != nullptr ? read_column_metric(quality, rule, metric.text())
                                       : read_table_metric(quality, rule, metric.text());
  if (!known)
    throw not_checked(metric, fmt::format("metric '{}' of a {}", metric.text(),
                                          column == nullptr ? "table" : "column"));
  const auto& value = quality.condition.value;
  if (quality.percent && !(value.is_number() && value.as_number() >= 0 && value.as_number() <= 100))
    throw rule.error("a percentage lies between 0 and 100");
}

std::string one_of(const Yaml& node, const std::vector<std::string>& known) {
  if (std::ranges::find(known, node.text()) != known.end()) return node.text();
  throw node.error(fmt::format("no '{}'", node.text())).hint("there are: {}", join(known, ", "));
}

void read_statistic(QualityRule& quality, const Yaml& implementation) {
  implementation.only({"statistic", "level", "minimum", "maximum"});
  quality.kind = Kind::statistic;
  quality.statistic = one_of(required_key(implementation, "statistic"), statistic_names());
  const auto* level = implementation.find("level");
  if ((level != nullptr) != (quality.statistic == "quantile"))
    throw implementation.error("a quantile, and nothing else, has a level")
        .hint("write {{statistic: quantile, level: 0.95, maximum: 10}}");
  if (level != nullptr) quality.level = level->number();
  if (!(quality.level >= 0 && quality.level <= 1))
    throw level->error("a level lies between 0 and 1");
  const auto* minimum = implementation.find("minimum");
  const auto* maximum = implementation.find("maximum");
  if (minimum == nullptr && maximum == nullptr)
    throw implementation.error("a statistic without minimum and maximum");
  auto& condition = quality.condition;
  condition.value = parse_bound(minimum != nullptr ? *minimum : *maximum).json();
  condition.comparison = minimum == nullptr   ? Operator::less_or_equal
                         : maximum == nullptr ? Operator::greater_or_equal
                                              : Operator::between;
  if (condition.comparison != Operator::between) return;
  condition.high = parse_bound(*maximum);
  if (condition.high < Bound::of(condition.value))
    throw implementation.error("minimum is larger than maximum");
}

/// `type: custom, engine: mlo`: what ODCS has no metric for.
void read_custom_rule(QualityRule& quality, const Yaml& rule, const ColumnRule* column) {
  const auto& engine = required_key(rule, "engine");
  if (engine.text() != kEngine)
    throw not_checked(engine, fmt::format("a rule of the engine '{}'", engine.text()));
  const auto& implementation = required_key(rule, "implementation");
  if (const auto* expression = implementation.find("expression")) {
    implementation.only({"expression", "maximum"});
    quality.kind = Kind::expression;
    quality.sql = expression->text();
    if (const auto* maximum = implementation.find("maximum")) {
      quality.condition = {.comparison = Operator::less_or_equal,
                           .value = parse_bound(*maximum).json()};
      quality.percent = is_percent(rule);
    }
    return;
  }
  if (column == nullptr)
    throw implementation.error("expected {expression: SQL}")
        .hint("statistic and order belong to a column");
  if (implementation.find("order") != nullptr) {
    implementation.only({"order"});
    quality.kind = Kind::order;
    quality.order = one_of(*implementation.find("order"), order_names());
    return;
  }
  read_statistic(quality, implementation);
}

}  // namespace

const Yaml& required_key(const Yaml& node, std::string_view key) {
  if (const auto* found = node.find(key)) return *found;
  throw node.error(fmt::format("'{}' is missing", key)).hint("add `{}:`", key);
}

Bound parse_bound(const Yaml& node) {
  static_cast<void>(node.number());
  return Bound::of(node.to_json());
}

Error not_checked(const Yaml& place, std::string_view what) {
  return place.error(fmt::format("{} cannot be checked", what))
      .hint(
          "remove it, or state it by logicalTypeOptions or a quality rule of type library, sql or "
          "custom with engine {}",
          kEngine);
}

const Yaml* custom_property(const Yaml& node, std::string_view name) {
  const auto* properties = node.find("customProperties");
  if (properties == nullptr) return nullptr;
  for (const auto& property : properties->sequence()) {
    property.only({"id", "property", "value", "description"});
    if (required_key(property, "property").text() == name) return &required_key(property, "value");
  }
  return nullptr;
}

std::string parse_severity(const Yaml& value) {
  static const auto kWarnings = split("warn warning info low minor trivial", ' ');
  static const auto kErrors = split("error critical high major blocker", ' ');
  if (std::ranges::find(kWarnings, value.text()) != kWarnings.end()) return "warn";
  if (std::ranges::find(kErrors, value.text()) != kErrors.end()) return "error";
  throw value.error(fmt::format("severity '{}' is neither error nor warn", value.text()));
}

void read_common(QualityRule& quality, const Yaml& rule) {
  quality.name = text_or_nothing(rule.find("name"));
  quality.place = {rule.place()};
  if (const auto* severity = rule.find("severity")) quality.severity = parse_severity(*severity);
  quality.reason = text_or_nothing(rule.find("businessImpact"));
  const auto take = [&](std::string_view name, std::string& text) {
    if (const auto* value = custom_property(rule, name)) text = value->text();
  };
  take(kWhere, quality.where);
  take(kBy, quality.by);
  take(kOwner, quality.owner);
  take(kReason, quality.reason);
}

void read_quality(Contract& contract, ColumnRule* column, const Yaml& rule) {
  rule.only(quality_keys());
  const auto* type = rule.find("type");
  const std::string kind = type != nullptr ? type->text() : "library";
  if (kind == "text") return;
  QualityRule quality{.column = column != nullptr ? column->name : ""};
  read_common(quality, rule);
  if (kind == "library") {
    read_library(quality, rule, column);
  } else if (kind == "sql") {
    quality.kind = Kind::query;
    quality.sql = required_key(rule, "query").text();
    quality.condition = required_condition(rule);
    if (!quality.where.empty() || !quality.by.empty())
      throw rule.error("a query says itself which rows it is about")
          .hint("remove `where` and `by` from customProperties");
  } else if (kind == "custom") {
    read_custom_rule(quality, rule, column);
  } else {
    throw not_checked(rule, fmt::format("a quality rule of type '{}'", kind));
  }
  if (keep_as_bound(contract, column, quality)) return;
  if (quality.name.empty()) quality.name = name_of(quality);
  contract.rules.push_back(std::move(quality));
}

}  // namespace mlo::data
