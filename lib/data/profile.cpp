#include "mlo/data/profile.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "data/statistics/quantile.h"
#include "data/statistics/sum.h"
#include "data/table_state.h"
#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

constexpr std::array<std::pair<const char*, double>, 3> kQuantiles = {
    {{"0.25", 0.25}, {"0.5", 0.5}, {"0.75", 0.75}}};
constexpr int kTopValues = 20;
constexpr double kExactIntegers = 9007199254740992;  // 2^53: doubles hold every integer below

std::optional<double> if_finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Json number_of(double value, ColumnType type) {
  if (type == ColumnType::integer && std::fabs(value) < kExactIntegers)
    return static_cast<std::int64_t>(value);
  return value;
}

/// An integer beyond 2^53 as itself where 64 bits hold it.
Json integer_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem == std::errc() && end == text.data() + text.size()) return value;
  return std::stod(text);
}

void profile_wide_integers(ColumnProfile& result, Engine& engine, const std::string& column) {
  const auto exact =
      engine.rows(fmt::format("SELECT CAST(min({0}) AS VARCHAR), CAST(max({0}) AS VARCHAR), "
                              "CAST(count(DISTINCT {0}) AS VARCHAR) FROM t",
                              column));
  result.min = integer_of(*exact[0][0]);
  result.max = integer_of(*exact[0][1]);
  result.distinct = std::stoll(*exact[0][2]);
}

void profile_numbers(ColumnProfile& result, const Table& table, const std::string& column) {
  const auto sorted = sorted_values(table.numbers(result.name));
  result.nulls = table.rows() - static_cast<std::int64_t>(sorted.size());
  if (sorted.empty()) return;
  result.min = number_of(sorted.front(), result.type);
  result.max = number_of(sorted.back(), result.type);
  result.distinct = static_cast<std::int64_t>(distinct_count(sorted));
  result.mean = if_finite(mean(sorted));
  result.std = if_finite(standard_deviation(sorted, 1));
  for (const auto& [name, share] : kQuantiles) {
    const double value = quantile(sorted, share);
    if (std::isfinite(value)) result.quantiles.emplace(name, value);
  }
  if (result.type == ColumnType::integer &&
      (std::fabs(sorted.front()) >= kExactIntegers || std::fabs(sorted.back()) >= kExactIntegers))
    profile_wide_integers(result, table.state().engine, column);
}

void profile_values(ColumnProfile& result, const Table& table, const std::string& column) {
  auto& engine = table.state().engine;
  const auto facts = engine.rows(
      fmt::format("SELECT CAST(count({0}) AS VARCHAR), CAST(count(DISTINCT {0}) AS VARCHAR), "
                  "CAST(min({0}) AS VARCHAR), CAST(max({0}) AS VARCHAR) FROM t",
                  column));
  result.nulls = table.rows() - std::stoll(*facts[0][0]);
  result.distinct = std::stoll(*facts[0][1]);
  if (result.type != ColumnType::other) {
    if (facts[0][2]) result.min = *facts[0][2];
    if (facts[0][3]) result.max = *facts[0][3];
  }
  if (result.type != ColumnType::text && result.type != ColumnType::boolean) return;
  const auto top = engine.rows(fmt::format(
      "SELECT CAST({0} AS VARCHAR), CAST(n AS VARCHAR) FROM (SELECT {0}, count(*) AS n FROM t "
      "WHERE {0} IS NOT NULL GROUP BY {0} ORDER BY n DESC, {0} LIMIT {1})",
      column, kTopValues));
  for (const auto& row : top) result.top.emplace_back(*row[0], std::stoll(*row[1]));
}

ColumnProfile profile_column(const Table& table, std::size_t index) {
  const auto& column = table.columns()[index];
  ColumnProfile result{.name = column.name, .type = column.type};
  const bool is_numeric = column.type == ColumnType::integer || column.type == ColumnType::number;
  if (is_numeric)
    profile_numbers(result, table, sql_column(index));
  else
    profile_values(result, table, sql_column(index));
  return result;
}

Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

Profile profile(const Table& table) {
  Profile result{.rows = table.rows(), .columns = {}};
  result.columns.resize(table.columns().size());
  // One thread a column: each figure is made by one thread in a fixed order.
  parallel_for(result.columns.size(), table.state().threads,
               [&](std::size_t i) { result.columns[i] = profile_column(table, i); });
  return result;
}

Json to_json(const Profile& profile) {
  Json columns = Json::array();
  for (const auto& column : profile.columns) {
    Json quantiles = Json::object();
    for (const auto& [name, value] : column.quantiles) quantiles.set(name, value);
    Json top = Json::array();
    for (const auto& [value, count] : column.top)
      top.add(Json::object({{"value", value}, {"count", count}}));
    columns.add(Json::object({{"name", column.name},
                              {"type", name_of(column.type)},
                              {"nulls", column.nulls},
                              {"distinct", column.distinct},
                              {"min", column.min},
                              {"max", column.max},
                              {"mean", or_null(column.mean)},
                              {"std", or_null(column.std)},
                              {"quantiles", std::move(quantiles)},
                              {"top", std::move(top)}}));
  }
  return Json::object({{"rows", profile.rows}, {"columns", std::move(columns)}});
}

}  // namespace mlo::data
