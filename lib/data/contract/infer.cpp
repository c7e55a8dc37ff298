#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "data/column_name.h"
#include "data/contract/import/columns.h"
#include "mlo/data/contract.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMaxValues = 20;       ///< a set of values is at most this large
constexpr std::int64_t kRowsPerValue = 5;    ///< and each is seen this often on average
constexpr std::int64_t kLeastSeen = 3;       ///< and the rarest at least so often
constexpr std::int64_t kRowsForUnique = 20;  ///< fewer rows may be distinct by chance

/// `value` moved away from `inside` to a round number: two figures of `margin` are kept.
double round_outward(double value, double margin, bool up) {
  const int exponent = static_cast<int>(std::floor(std::log10(margin))) - 1;
  const double step = std::pow(10, exponent);
  const double rounded = (up ? std::ceil(value / step) : std::floor(value / step)) * step;
  // Through text, so that 0.3 is not 0.30000000000000004.
  return number_of(fmt::format("{:.{}f}", rounded, std::max(0, -exponent))).value_or(rounded);
}

/// `extreme` moved outward by `margin`; nothing when there is no number so far out.
std::optional<double> limit_beyond(double extreme, double margin, bool up) {
  // So far out doubles may be further apart than the values.
  margin = std::max(margin, 4 * std::numeric_limits<double>::epsilon() * std::fabs(extreme));
  const double limit = up ? extreme + margin : extreme - margin;
  if (!std::isfinite(margin) || !std::isfinite(limit)) return std::nullopt;
  const double rounded = round_outward(limit, margin, up);
  return std::isfinite(rounded) ? std::optional(rounded) : std::nullopt;
}

/// The range seen, widened on each side by the largest of the inter-quartile range, half of the
/// range, and four times the way from the outer twentieth of the values to their extreme, which
/// tells how far a tail goes on; what was never negative (or never positive) stays so, and a column
/// of 0 and 1 stays that.
void infer_bounds(ColumnRule& rule, const ColumnProfile& column) {
  const auto low_or_none = number_of(column.min);
  const auto high_or_none = number_of(column.max);
  if (!low_or_none || !high_or_none || column.distinct < 2) return;
  const double low = *low_or_none;
  const double high = *high_or_none;
  if (!std::isfinite(low) || !std::isfinite(high)) return;
  if (rule.type == ColumnType::integer && low == 0 && high == 1) {
    rule.minimum = 0;
    rule.maximum = 1;
    return;
  }
  const auto quartile = [&](const char* name) {
    const auto found = column.quantiles.find(name);
    return found == column.quantiles.end() ? 0.0 : found->second;
  };
  const double width = std::max(quartile("0.75") - quartile("0.25"), (high - low) / 2);
  const double below = std::max(width, 4 * (quartile("0.05") - low));
  const double above = std::max(width, 4 * (high - quartile("0.95")));
  auto least = limit_beyond(low, below, false);
  auto most = limit_beyond(high, above, true);
  if (rule.type == ColumnType::integer) {
    if (least) least = std::floor(*least);
    if (most) most = std::ceil(*most);
  }
  if (low >= 0) least = std::max(0.0, least.value_or(0));
  if (high <= 0) most = std::min(0.0, most.value_or(0));
  rule.minimum = least;
  rule.maximum = most;
}

/// Few values, each seen often: a set. More distinct values than `top` lists are none, and where
/// one was seen hardly ever there are others that were not seen.
void infer_values(ColumnRule& rule, const ColumnProfile& column, std::int64_t filled) {
  const auto distinct = static_cast<std::size_t>(column.distinct);
  if (column.type != ColumnType::text || distinct == 0 || distinct > kMaxValues ||
      column.top.size() != distinct || filled < column.distinct * kRowsPerValue ||
      column.top.back().second < kLeastSeen)
    return;
  for (const auto& value : column.top) rule.values.push_back(value.first);
  std::sort(rule.values.begin(), rule.values.end());
}

ColumnRule infer_column(const ColumnProfile& column, std::int64_t rows) {
  ColumnRule rule{.name = column.name, .type = column.type};
  rule.format = column.format;
  const auto filled = rows - column.nulls;
  if (column.nulls == 0) {
    rule.required = rows > 0;
  } else if (filled > 0) {
    // Twice what was seen and one percent more, in whole percent.
    const double share = static_cast<double>(column.nulls) / static_cast<double>(rows);
    const double percent = std::ceil(200 * share + 1);
    if (percent < 100) rule.max_null_share = percent / 100;
  }
  if (column.type == ColumnType::integer || column.type == ColumnType::number)
    infer_bounds(rule, column);
  infer_values(rule, column, filled);
  rule.unique = filled == rows && rows > kRowsForUnique && column.distinct == rows &&
                !column.distinct_error &&
                (column.type == ColumnType::integer || column.type == ColumnType::text) &&
                is_identifier_name(column.name);
  // Identifiers grow: yesterday's largest says nothing about tomorrow's.
  if (rule.unique) rule.maximum.reset();
  return rule;
}

}  // namespace

std::map<std::string, ColumnType> Contract::types() const {
  std::map<std::string, ColumnType> all;
  for (const auto& column : columns) all.emplace(column.name, column.type);
  return all;
}

std::map<std::string, std::string> Contract::dates() const {
  std::map<std::string, std::string> all;
  for (const auto& column : columns)
    if (!column.format.empty()) all.emplace(column.name, column.format);
  return all;
}

Contract infer_contract(const Profile& profile, std::string name) {
  Contract contract;
  contract.id = name;
  contract.name = std::move(name);
  for (const auto& column : profile.columns)
    contract.columns.push_back(infer_column(column, profile.rows));
  if (profile.rows > 0) contract.min_rows = 1;
  return contract;
}

}  // namespace mlo::data
