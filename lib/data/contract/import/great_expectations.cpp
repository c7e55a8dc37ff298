#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "data/contract/import/columns.h"
#include "data/contract/words.h"
#include "data/sql_name.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

// Great Expectations' suites as JSON: `expectation_type` until 0.18, `type` since 1.0.

using Kind = QualityRule::Kind;
using Operator = Condition::Operator;

/// What an expectation is told: its column, what it compares with, how many rows must agree.
struct Told {
  const Json& arguments;
  std::string column;
  double mostly = 1;

  [[nodiscard]] const Json& at(std::string_view key) const { return arguments[key]; }
  [[nodiscard]] bool flag(std::string_view key) const { return arguments[key] == Json(true); }
};

using Reader = std::function<void(Imported&, const Told&)>;

void add(Imported& imported, QualityRule rule) {
  rule.name = name_of(rule);
  imported.contract.rules.push_back(std::move(rule));
}

/// At most 1 − mostly of the rows may fail.
Condition allowed(double mostly) {
  if (mostly >= 1) return {};
  // In whole millionths, so that 1 − 0.95 is five percent.
  const double percent = static_cast<double>(std::llround((1 - mostly) * 1e8)) / 1e6;
  return {.comparison = Operator::less_or_equal, .value = percent};
}

std::optional<Condition> between(const Told& told) {
  const auto low = bound_of(told.at("min_value"));
  const auto high = bound_of(told.at("max_value"));
  if (!low && !high) return std::nullopt;
  if (low && high)
    return Condition{.comparison = Operator::between, .value = low->json(), .high = *high};
  if (low)
    return Condition{
        .comparison = told.flag("strict_min") ? Operator::greater : Operator::greater_or_equal,
        .value = low->json()};
  return Condition{.comparison = told.flag("strict_max") ? Operator::less : Operator::less_or_equal,
                   .value = high->json()};
}

void not_null(Imported& imported, const Told& told) {
  auto& column = column_of(imported.contract, told.column);
  if (told.mostly >= 1)
    column.required = true;
  else
    column.max_null_share = allowed(told.mostly).value.as_number() / 100;
}

void in_set(Imported& imported, const Told& told) {
  auto values = texts_of(told.at("value_set"));
  if (told.mostly >= 1) {
    column_of(imported.contract, told.column).values = std::move(values);
    return;
  }
  QualityRule rule{.kind = Kind::invalid, .column = told.column, .condition = allowed(told.mostly)};
  rule.percent = true;
  rule.values = std::move(values);
  add(imported, std::move(rule));
}

void matches(Imported& imported, const Told& told) {
  auto pattern = anywhere(told.at("regex").as_string());
  auto& column = column_of(imported.contract, told.column);
  if (told.mostly >= 1 && !column.pattern) {
    column.pattern = std::move(pattern);
    return;
  }
  QualityRule rule{.kind = Kind::invalid, .column = told.column, .condition = allowed(told.mostly)};
  rule.percent = told.mostly < 1;
  rule.pattern = std::move(pattern);
  add(imported, std::move(rule));
}

void values_between(Imported& imported, const Told& told) {
  auto& column = column_of(imported.contract, told.column);
  if (told.mostly < 1) return leave_out(imported, told.column, "values between, mostly");
  if (column.type == ColumnType::text) column.type = ColumnType::number;
  raise(told.flag("strict_min") ? column.above : column.minimum, bound_of(told.at("min_value")));
  lower(told.flag("strict_max") ? column.below : column.maximum, bound_of(told.at("max_value")));
}

void lengths_between(Imported& imported, const Told& told) {
  auto& column = column_of(imported.contract, told.column);
  const auto exact = whole_of(told.at("value"));
  column.min_length = exact ? exact : whole_of(told.at("min_value"));
  column.max_length = exact ? exact : whole_of(told.at("max_value"));
}

void unique(Imported& imported, const Told& told) {
  column_of(imported.contract, told.column).unique = true;
}

void exists(Imported& imported, const Told& told) {
  static_cast<void>(column_of(imported.contract, told.column));
}

void columns_exist(Imported& imported, const Told& told) {
  for (const auto* key : {"column_list", "column_set"})
    for (const auto& name : texts_of(told.at(key)))
      static_cast<void>(column_of(imported.contract, name));
}

void of_type(Imported& imported, const Told& told) {
  auto names = texts_of(told.at("type_list"));
  if (names.empty()) names = texts_of(told.at("type_"));
  const auto name = names.empty() ? std::string() : data::lower(names.front());
  const auto holds = [&](std::string_view word) { return name.find(word) != std::string::npos; };
  auto& column = column_of(imported.contract, told.column);
  column.type = holds("int")                                            ? ColumnType::integer
                : holds("float") || holds("double") || holds("decimal") ? ColumnType::number
                : holds("bool")                                         ? ColumnType::boolean
                : holds("datetime") || holds("timestamp")               ? ColumnType::timestamp
                : holds("date")                                         ? ColumnType::date
                                                                        : ColumnType::text;
}

void row_count(Imported& imported, const Told& told) {
  QualityRule rule{.kind = Kind::rows};
  if (const auto exact = number_of(told.at("value")))
    rule.condition.value = *exact;
  else if (const auto condition = between(told))
    rule.condition = *condition;
  else
    return;
  add(imported, std::move(rule));
}

void compound(Imported& imported, const Told& told) {
  QualityRule rule{.kind = Kind::duplicates};
  rule.columns = texts_of(told.at("column_list"));
  add(imported, std::move(rule));
}

void increasing(Imported& imported, const Told& told) {
  QualityRule rule{.kind = Kind::order, .column = told.column};
  rule.order = told.flag("strictly") ? "strictly_increasing" : "increasing";
  add(imported, std::move(rule));
}

void decreasing(Imported& imported, const Told& told) {
  QualityRule rule{.kind = Kind::order, .column = told.column};
  rule.order = told.flag("strictly") ? "strictly_decreasing" : "decreasing";
  add(imported, std::move(rule));
}

void compare_pair(Imported& imported, const Told& told, std::string_view comparison) {
  QualityRule rule{.kind = Kind::expression};
  rule.sql = fmt::format("{} {} {}", sql_name(told.at("column_A").as_string()), comparison,
                         sql_name(told.at("column_B").as_string()));
  if (told.mostly < 1) {
    rule.condition = allowed(told.mostly);
    rule.percent = true;
  }
  add(imported, std::move(rule));
}

void pair_greater(Imported& imported, const Told& told) {
  compare_pair(imported, told, told.flag("or_equal") ? ">=" : ">");
}

void pair_equal(Imported& imported, const Told& told) {
  compare_pair(imported, told, "=");
}

Reader statistic(const std::string& name) {
  return [name](Imported& imported, const Told& told) {
    const auto condition = between(told);
    if (!condition) return;
    if (condition->comparison == Operator::greater || condition->comparison == Operator::less)
      return leave_out(imported, told.column, name + " with a strict bound");
    auto& column = column_of(imported.contract, told.column);
    if (column.type == ColumnType::text && name != "distinct") column.type = ColumnType::number;
    QualityRule rule{.kind = Kind::statistic, .column = told.column, .condition = *condition};
    rule.statistic = name;
    add(imported, std::move(rule));
  };
}

const std::map<std::string, Reader, std::less<>> kReaders = {
    {"expect_column_to_exist", exists},
    {"expect_table_columns_to_match_ordered_list", columns_exist},
    {"expect_table_columns_to_match_set", columns_exist},
    {"expect_table_row_count_to_be_between", row_count},
    {"expect_table_row_count_to_equal", row_count},
    {"expect_column_values_to_not_be_null", not_null},
    {"expect_column_values_to_be_unique", unique},
    {"expect_column_values_to_be_in_set", in_set},
    {"expect_column_values_to_be_between", values_between},
    {"expect_column_values_to_match_regex", matches},
    {"expect_column_values_to_be_of_type", of_type},
    {"expect_column_values_to_be_in_type_list", of_type},
    {"expect_column_value_lengths_to_be_between", lengths_between},
    {"expect_column_value_lengths_to_equal", lengths_between},
    {"expect_column_values_to_be_increasing", increasing},
    {"expect_column_values_to_be_decreasing", decreasing},
    {"expect_column_mean_to_be_between", statistic("mean")},
    {"expect_column_median_to_be_between", statistic("median")},
    {"expect_column_stdev_to_be_between", statistic("std")},
    {"expect_column_sum_to_be_between", statistic("sum")},
    {"expect_column_min_to_be_between", statistic("min")},
    {"expect_column_max_to_be_between", statistic("max")},
    {"expect_column_unique_value_count_to_be_between", statistic("distinct")},
    {"expect_compound_columns_to_be_unique", compound},
    {"expect_column_pair_values_a_to_be_greater_than_b", pair_greater},
    {"expect_column_pair_values_to_be_equal", pair_equal},
};

void read(const Json& document, Imported& imported) {
  auto& name = imported.contract.name;
  name = document.string_or("name", document.string_or("expectation_suite_name", name));
  // Types first: a bound otherwise takes a column of unknown type for numbers.
  for (const bool types : {true, false})
    for (const auto& expectation : document.at("expectations").as_array()) {
      const auto type =
          expectation.string_or("type", expectation.string_or("expectation_type", ""));
      const bool is_type = type.find("_type") != std::string::npos;
      if (is_type != types) continue;
      const auto& arguments = expectation.at("kwargs");
      const Told told{.arguments = arguments,
                      .column = arguments.string_or("column", ""),
                      .mostly = number_of(arguments["mostly"]).value_or(1)};
      const auto reader = kReaders.find(type);
      if (reader == kReaders.end() || !arguments["row_condition"].is_null())
        leave_out(imported, told.column.empty() ? "table" : told.column,
                  reader == kReaders.end() ? type : type + " with a row_condition");
      else
        reader->second(imported, told);
    }
}

bool recognises(const Json& document) {
  return document["expectations"].is_array();
}

const bool kRegistered = contract_importers().add(
    "great-expectations",
    {.title = "Great Expectations suite", .recognises = recognises, .read = read});

}  // namespace

}  // namespace mlo::data
