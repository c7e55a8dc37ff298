#include "data/checks/features.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/column_name.h"
#include "data/statistics/quantile.h"
#include "data/statistics/random.h"
#include "data/statistics/sum.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMaxWidth = 128;
constexpr std::size_t kMaxCells = 32U << 20U;
constexpr std::size_t kMaxCategories = 10;
constexpr double kFarthest = 1e6;
constexpr double kNormalRange = 1.3489795003921634;     // inter-quartile range of a standard normal
constexpr double kNormalWideRange = 3.289707253902945;  // between its 5 % and 95 % quantiles
constexpr double kLeastOfWide = 10;
constexpr std::uint64_t kSeed = 20261123;

/// One column of the table and, for categories, the values that become features.
struct Plan {
  std::size_t column = 0;
  std::vector<std::string> categories;
  [[nodiscard]] std::size_t width() const { return categories.empty() ? 1 : categories.size(); }
};

/// Of those with values: more than half of the rows have one of their own.
bool hardly_repeats(const Table& table, std::size_t column) {
  const auto found = table.state().engine.counts(
      fmt::format("SELECT count({0}), count(DISTINCT {0}) FROM t", sql_column(column)));
  return found.at(0)[1] * 2 > found.at(0)[0] && found.at(0)[0] >= 20;
}

std::optional<Plan> plan_column(const Table& table, std::size_t column) {
  const auto type = table.columns()[column].type;
  const bool is_category = type == ColumnType::text || type == ColumnType::boolean;
  if (type == ColumnType::other) return std::nullopt;
  const bool is_whole = type == ColumnType::integer || type == ColumnType::text;
  const bool is_named = is_whole && is_identifier_name(table.columns()[column].name);
  if ((type == ColumnType::text || is_named) && hardly_repeats(table, column)) return std::nullopt;
  Plan plan{.column = column, .categories = {}};
  if (!is_category) return plan;
  for (auto& row : table.state().engine.rows(
           fmt::format("SELECT CAST({0} AS VARCHAR) FROM t WHERE {0} IS NOT NULL GROUP BY {0} "
                       "ORDER BY count(*) DESC, {0} LIMIT {1}",
                       sql_column(column), kMaxCategories)))
    plan.categories.push_back(*row.at(0));
  if (plan.categories.size() < 2) return std::nullopt;
  return plan;
}

std::vector<Plan> plan_features(const CheckInput& input) {
  std::vector<Plan> plans;
  std::size_t width = 0;
  for (const auto column : chosen_columns(input, input.settings.label)) {
    if (input.table.columns()[column].name == input.settings.label) continue;
    auto plan = plan_column(input.table, column);
    if (!plan || width + plan->width() > kMaxWidth) continue;
    width += plan->width();
    plans.push_back(std::move(*plan));
  }
  return plans;
}

/// `most` of `rows`, each with the same chance, in their order.
/// Source: Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S.
std::vector<std::int64_t> sample(std::vector<std::int64_t> rows, std::size_t most) {
  if (rows.size() <= most) return rows;
  Random random(kSeed);
  std::vector<std::int64_t> chosen;
  chosen.reserve(most);
  for (std::size_t i = 0; i < rows.size() && chosen.size() < most; ++i)
    if (random.below(rows.size() - i) < most - chosen.size()) chosen.push_back(rows[i]);
  return chosen;
}

std::string number_sql(const Table& table, const Plan& plan) {
  const auto name = sql_column(plan.column);
  const auto type = table.columns()[plan.column].type;
  if (type == ColumnType::date || type == ColumnType::timestamp)
    return fmt::format("SELECT CAST(epoch({}) AS DOUBLE) FROM t", name);
  if (plan.categories.empty()) return fmt::format("SELECT CAST({} AS DOUBLE) FROM t", name);
  std::string cases;
  for (std::size_t i = 0; i < plan.categories.size(); ++i)
    cases += fmt::format(" WHEN {} THEN {}", sql_text(plan.categories[i]), i);
  return fmt::format("SELECT CAST(CASE CAST({} AS VARCHAR){} ELSE -1 END AS DOUBLE) FROM t", name,
                     cases);
}

/// Median and scale; no scale for a column that does not vary.
std::pair<double, double> scale_of(std::span<const double> values) {
  std::vector<double> sorted;
  std::ranges::copy_if(values, std::back_inserter(sorted),
                       [](double value) { return std::isfinite(value); });
  if (sorted.empty()) return {0, 0};
  std::ranges::sort(sorted);
  const auto range = [&](double tail) {
    return quantile(sorted, 1 - tail) - quantile(sorted, tail);
  };
  // In a column that is nearly always zero the middle half may span a speck.
  const double scale =
      std::max(range(0.25) / kNormalRange, range(0.05) / kNormalWideRange / kLeastOfWide);
  return {quantile(sorted, 0.5), scale > 0 ? scale : standard_deviation(sorted, 0)};
}

/// Appends to `features` what `plan` makes of its column.
void add_column(Features& features, const Plan& plan, const std::vector<double>& all,
                std::size_t at) {
  if (!plan.categories.empty()) {
    const auto apart = static_cast<float>(std::sqrt(0.5));
    for (std::size_t i = 0; i < features.size(); ++i)
      if (const double code = all[static_cast<std::size_t>(features.rows[i])]; code >= 0)
        features.values[i * features.width + at + static_cast<std::size_t>(code)] = apart;
    return;
  }
  std::vector<double> values;
  values.reserve(features.size());
  for (const auto row : features.rows) values.push_back(all[static_cast<std::size_t>(row)]);
  const auto [middle, scale] = scale_of(values);
  if (!(scale > 0) || !std::isfinite(scale)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scaled = std::isnan(values[i]) ? 0 : (values[i] - middle) / scale;
    features.values[i * features.width + at] =
        static_cast<float>(std::clamp(scaled, -kFarthest, kFarthest));
  }
}

}  // namespace

float Features::distance(std::size_t left, std::size_t right) const {
  const auto a = point(left);
  const auto b = point(right);
  float sum = 0;
  for (std::size_t i = 0; i < width; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

std::vector<std::int64_t> all_rows(const Table& table) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(table.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Features read_features(const CheckInput& input, std::vector<std::int64_t> rows, std::size_t most) {
  const auto plans = plan_features(input);
  Features features{.rows = {}, .values = {}, .width = 0, .columns = plans.size()};
  for (const auto& plan : plans) features.width += plan.width();
  const auto fit = kMaxCells / std::max<std::size_t>(1, features.width);
  features.rows = sample(std::move(rows), std::min(most, fit));
  features.values.assign(features.size() * features.width, 0.0F);
  std::size_t at = 0;
  for (const auto& plan : plans) {
    add_column(features, plan, input.table.state().engine.numbers(number_sql(input.table, plan)),
               at);
    at += plan.width();
  }
  return features;
}

}  // namespace mlo::data
