#include "mlo/data/profile.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include <fmt/core.h>

#include "data/convert.h"
#include "data/exact_number.h"
#include "data/profile_values.h"
#include "data/statistics/correlation.h"
#include "data/statistics/histogram.h"
#include "data/statistics/quantile.h"
#include "data/statistics/sum.h"
#include "data/table_state.h"
#include "mlo/core/canonical_json.h"
#include "mlo/core/text.h"
#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

constexpr std::array<std::pair<const char*, double>, 5> kQuantiles = {
    {{"0.05", 0.05}, {"0.25", 0.25}, {"0.5", 0.5}, {"0.75", 0.75}, {"0.95", 0.95}}};
constexpr int kBins = 20;
constexpr std::size_t kMaxCorrelated = 200;
constexpr std::size_t kMaxCorrelatedBytes = 512U << 20U;
constexpr double kExactIntegers = 9007199254740992;  // 2^53: doubles hold every integer below

std::optional<double> if_finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

bool is_exact(double value) {
  return std::fabs(value) < kExactIntegers;
}

/// JSON has no infinities: they are text.
Json number_of(double value, ColumnType type) {
  if (std::isinf(value)) return number_text(value);
  if (type == ColumnType::integer && is_exact(value)) return static_cast<std::int64_t>(value);
  return value;
}

/// Whether doubles may not tell the values of a column of numbers apart.
bool is_wide(Engine& engine, ColumnType type, const std::string& column, double low, double high) {
  if (type == ColumnType::integer) return !is_exact(low) || !is_exact(high);
  const auto found = engine.rows(fmt::format("SELECT typeof({}) FROM t LIMIT 1", column));
  return !found.empty() && is_decimal(found[0][0].value_or(""));
}

void profile_exactly(ColumnProfile& result, Engine& engine, const std::string& column) {
  const auto exact =
      engine.rows(fmt::format("SELECT CAST(min({0}) AS VARCHAR), CAST(max({0}) AS VARCHAR), "
                              "CAST(count(DISTINCT {0}) AS VARCHAR) FROM t",
                              column));
  result.min = exact_number(*exact[0][0]);
  result.max = exact_number(*exact[0][1]);
  result.distinct = std::stoll(*exact[0][2]);
}

/// Returns the column's values, for what is to be said of several columns.
std::vector<double> profile_numbers(ColumnProfile& result, const Table& table,
                                    const std::string& column) {
  auto values = table.numbers(result.name);
  const auto sorted = sorted_values(values);
  result.nulls = table.rows() - static_cast<std::int64_t>(sorted.size());
  if (sorted.empty()) return values;
  result.histogram = equal_width_counts(sorted, kBins);
  result.min = number_of(sorted.front(), result.type);
  result.max = number_of(sorted.back(), result.type);
  result.distinct = static_cast<std::int64_t>(distinct_count(sorted));
  result.mean = if_finite(mean(sorted));
  result.std = if_finite(standard_deviation(sorted, 1));
  for (const auto& [name, share] : kQuantiles) {
    const double value = quantile(sorted, share);
    if (std::isfinite(value)) result.quantiles.emplace(name, value);
  }
  auto& engine = table.state().engine;
  if (is_wide(engine, result.type, column, sorted.front(), sorted.back()))
    profile_exactly(result, engine, column);
  return values;
}

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number;
}

ColumnProfile profile_column(const Table& table, std::size_t index, const ProfileOptions& options,
                             std::vector<double>* kept) {
  const auto& column = table.columns()[index];
  ColumnProfile result{.name = column.name, .type = column.type};
  if (is_numeric(column.type)) {
    auto values = profile_numbers(result, table, sql_column(index));
    if (kept != nullptr) *kept = std::move(values);
    return result;
  }
  profile_values(result, table, index, options);
  const auto& dates = table.reading().dates;
  if (const auto found = dates.find(column.name);
      found != dates.end() && found->second.other.empty())
    result.format = found->second.pattern;
  if (column.type == ColumnType::date || column.type == ColumnType::timestamp)
    result.histogram = equal_width_counts(sorted_values(table.numbers(column.name)), kBins);
  return result;
}

/// Of every pair of columns that were kept.
std::vector<Correlation> correlations_of(const Profile& profile,
                                         const std::vector<std::vector<double>>& values,
                                         const Table::State& state) {
  constexpr double kDecimals = 1e10;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i + 1; j < values.size(); ++j)
      if (!values[i].empty() && !values[j].empty()) pairs.emplace_back(i, j);
  std::vector<double> found(pairs.size());
  parallel_for(
      pairs.size(), state.threads,
      [&](std::size_t k) {
        const auto& [i, j] = pairs[k];
        found[k] = std::round(pearson_correlation(values[i], values[j]) * kDecimals) / kDecimals;
      },
      state.stop);
  std::vector<Correlation> all;
  for (std::size_t k = 0; k < pairs.size(); ++k)
    if (!std::isnan(found[k]))
      all.push_back(
          {profile.columns[pairs[k].first].name, profile.columns[pairs[k].second].name, found[k]});
  std::stable_sort(all.begin(), all.end(), [](const Correlation& left, const Correlation& right) {
    return std::fabs(left.pearson) > std::fabs(right.pearson);
  });
  return all;
}

std::int64_t duplicate_rows(const Table& table) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < table.columns().size(); ++i) columns.push_back(sql_column(i));
  return table.state()
      .engine
      .counts(fmt::format("SELECT count(*) - count(DISTINCT hash({})) FROM t", join(columns, ", ")))
      .at(0)
      .at(0);
}

Json lengths_of(const ColumnProfile& column) {
  if (!column.lengths) return {};
  const auto& [min, max, mean] = *column.lengths;
  return Json::object({{"min", min}, {"max", max}, {"mean", mean}});
}

Json or_null(const std::optional<double>& value) {
  return value ? Json(*value) : Json();
}

}  // namespace

Profile profile(const Table& table, const ProfileOptions& options) {
  Profile result{.rows = table.rows(), .columns = {}};
  result.columns.resize(table.columns().size());
  std::size_t numeric = 0;
  for (const auto& column : table.columns()) numeric += is_numeric(column.type) ? 1 : 0;
  const bool correlated =
      numeric <= kMaxCorrelated &&
      numeric * static_cast<std::size_t>(table.rows()) * sizeof(double) <= kMaxCorrelatedBytes;
  std::vector<std::vector<double>> kept(result.columns.size());
  auto& state = table.state();
  std::atomic<std::size_t> done = 0;
  // One thread a column: each figure is made by one thread in a fixed order.
  parallel_for(
      result.columns.size(), state.threads,
      [&](std::size_t i) {
        result.columns[i] = profile_column(table, i, options, correlated ? &kept[i] : nullptr);
        state.progress.advance("columns profiled", ++done, result.columns.size());
      },
      state.stop);
  if (correlated) result.correlations = correlations_of(result, kept, state);
  result.duplicate_rows = duplicate_rows(table);
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
    Json row =
        Json::object({{"name", column.name},
                      {"type", name_of(column.type)},
                      {"nulls", column.nulls},
                      {"distinct", column.distinct},
                      {"min", column.min},
                      {"max", column.max},
                      {"mean", or_null(column.mean)},
                      {"std", or_null(column.std)},
                      {"quantiles", std::move(quantiles)},
                      {"histogram", Json::Array(column.histogram.begin(), column.histogram.end())},
                      {"top", std::move(top)},
                      {"lengths", lengths_of(column)}});
    if (column.distinct_error) row.set("distinct_error", *column.distinct_error);
    if (!column.format.empty()) row.set("format", column.format);
    columns.add(std::move(row));
  }
  Json correlations;
  if (profile.correlations) {
    correlations = Json::array();
    for (const auto& [left, right, pearson] : *profile.correlations)
      correlations.add(Json::object({{"left", left}, {"right", right}, {"pearson", pearson}}));
  }
  return Json::object({{"rows", profile.rows},
                       {"columns", std::move(columns)},
                       {"duplicate_rows", profile.duplicate_rows},
                       {"correlations", std::move(correlations)}});
}

std::string canonical(const Profile& profile) {
  return canonical_numbers(to_json(profile)).canonical();
}

}  // namespace mlo::data
