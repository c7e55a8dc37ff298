#include "data/contract/words.h"

#include <fmt/core.h>

#include "mlo/core/text.h"

namespace mlo::data {

namespace {

// The first of a type is the one we write.
constexpr std::array<std::pair<std::string_view, ColumnType>, 9> kLogicalTypes = {{
    {"boolean", ColumnType::boolean},
    {"integer", ColumnType::integer},
    {"number", ColumnType::number},
    {"string", ColumnType::text},
    {"date", ColumnType::date},
    {"timestamp", ColumnType::timestamp},
    {"object", ColumnType::other},
    {"array", ColumnType::other},
    {"time", ColumnType::other},
}};

using Operator = Condition::Operator;
constexpr std::array<std::pair<std::string_view, Operator>, 8> kOperators = {{
    {"mustBe", Operator::equal},
    {"mustNotBe", Operator::not_equal},
    {"mustBeGreaterThan", Operator::greater},
    {"mustBeGreaterOrEqualTo", Operator::greater_or_equal},
    {"mustBeLessThan", Operator::less},
    {"mustBeLessOrEqualTo", Operator::less_or_equal},
    {"mustBeBetween", Operator::between},
    {"mustNotBeBetween", Operator::not_between},
}};

std::string about(const QualityRule& rule) {
  switch (rule.kind) {
    case QualityRule::Kind::rows: return "rows: count";
    case QualityRule::Kind::missing: return rule.column + ": missing values";
    case QualityRule::Kind::invalid: return rule.column + ": invalid values";
    case QualityRule::Kind::duplicates: return join(rule.columns, ", ") + ": duplicates";
    case QualityRule::Kind::query: return rule.column.empty() ? "query" : rule.column + ": query";
    case QualityRule::Kind::expression: return rule.sql;
    case QualityRule::Kind::statistic:
      return rule.statistic == "quantile"
                 ? fmt::format("{}: quantile {}", rule.column, number_text(rule.level))
                 : fmt::format("{}: {}", rule.column, rule.statistic);
    case QualityRule::Kind::order: return fmt::format("{}: {}", rule.column, rule.order);
    case QualityRule::Kind::freshness: return rule.column + ": freshness";
    case QualityRule::Kind::reference:
      return fmt::format("{}: in {}.{}", join(rule.columns, ", "), rule.table,
                         join(rule.target_columns, ", "));
  }
  return "rule";
}

}  // namespace

std::string_view logical_type(ColumnType type) {
  for (const auto& [name, known] : kLogicalTypes)
    if (known == type) return name;
  return "object";
}

std::optional<ColumnType> parse_logical_type(std::string_view text) {
  for (const auto& [name, known] : kLogicalTypes)
    if (name == text) return known;
  return std::nullopt;
}

std::vector<std::string> logical_types() {
  std::vector<std::string> names;
  names.reserve(kLogicalTypes.size());
  for (const auto& known : kLogicalTypes) names.emplace_back(known.first);
  return names;
}

std::string_view odcs_operator(Operator comparison) {
  for (const auto& [name, known] : kOperators)
    if (known == comparison) return name;
  return "mustBe";
}

std::optional<Operator> parse_odcs_operator(std::string_view text) {
  for (const auto& [name, known] : kOperators)
    if (name == text) return known;
  return std::nullopt;
}

const std::vector<std::string>& statistic_names() {
  static const auto kNames = split("mean std sum min max median quantile distinct", ' ');
  return kNames;
}

const std::vector<std::string>& order_names() {
  static const auto kNames =
      split("increasing strictly_increasing decreasing strictly_decreasing", ' ');
  return kNames;
}

std::string name_of(const QualityRule& rule) {
  auto name = about(rule);
  if (!rule.where.empty()) name += " where " + rule.where;
  if (!rule.by.empty()) name += " by " + rule.by;
  return name;
}

}  // namespace mlo::data
