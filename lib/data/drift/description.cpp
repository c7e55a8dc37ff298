#include "data/drift/description.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "data/drift/sides.h"

namespace mlo::data {
namespace {

constexpr std::size_t kExamples = 5;

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

/// Of sorted numbers, those beyond the reference's extremes.
double beyond(const Sides& sides) {
  const auto& current = sides.current;
  const auto below = std::ranges::lower_bound(current, sides.reference.front()) - current.begin();
  const auto above = current.end() - std::ranges::upper_bound(current, sides.reference.back());
  return share(static_cast<double>(below + above), sides.current_total);
}

/// Categories that stand in `counts` and not in `others`.
ValueChange only_in(const Sides& sides, const std::vector<double>& counts,
                    const std::vector<double>& others, double total) {
  std::vector<std::size_t> found;
  double sum = 0;
  for (std::size_t i = 0; i < sides.categories.size(); ++i) {
    if (counts[i] == 0 || others[i] != 0) continue;
    found.push_back(i);
    sum += counts[i];
  }
  ValueChange change{
      .count = static_cast<std::int64_t>(found.size()), .share = share(sum, total), .examples = {}};
  std::ranges::stable_sort(found, std::greater{}, [&](std::size_t i) { return counts[i]; });
  found.resize(std::min(found.size(), kExamples));
  for (const auto i : found) change.examples.push_back(sides.categories[i]);
  return change;
}

double distance(const ColumnDrift& column) {
  if (column.threshold <= 0) return 0;
  const auto p = column.p_adjusted ? column.p_adjusted : column.p_value;
  if (!p) return column.statistic / column.threshold;
  return std::log(std::max(*p, std::numeric_limits<double>::min())) / std::log(column.threshold);
}

/// How far beyond its threshold; another type is beyond any.
double strength(const ColumnDrift& column) {
  return column.change.empty() ? distance(column) : std::max(1.0, distance(column));
}

}  // namespace

bool all_new(const ColumnDrift& column, const Sides& sides) {
  constexpr double kChance = 0.05;
  if (!column.new_values || column.new_values->share < 1) return false;
  const auto once = static_cast<double>(std::ranges::count(sides.reference_counts, 1.0));
  return std::pow(share(once, sides.reference_total), sides.current_total) < kChance;
}

void describe(ColumnDrift& column, const Sides& sides) {
  column.kind = sides.kind;
  column.reference_missing =
      share(sides.reference_missing, sides.reference_missing + sides.reference_total);
  column.current_missing =
      share(sides.current_missing, sides.current_missing + sides.current_total);
  if (sides.reference_total == 0 || sides.current_total == 0) return;
  if (sides.is_numeric && column.kind != kKindIdentifiers) column.out_of_range = beyond(sides);
  if (column.kind == kKindTexts) {
    const auto facts = sides.texts->facts();
    column.text = {facts.reference_length, facts.current_length, facts.out_of_vocabulary};
  }
  if (column.kind != kKindCategories) return;
  column.new_values =
      only_in(sides, sides.current_counts, sides.reference_counts, sides.current_total);
  column.vanished_values =
      only_in(sides, sides.reference_counts, sides.current_counts, sides.reference_total);
}

void rank(std::vector<ColumnDrift>& columns) {
  double total = 0;
  for (auto& column : columns) total += column.contribution = strength(column);
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, std::greater{},
                           [&](std::size_t i) { return columns[i].contribution; });
  for (std::size_t place = 0; place < order.size(); ++place)
    columns[order[place]].rank = static_cast<std::int64_t>(place) + 1;
  for (auto& column : columns) column.contribution = share(column.contribution, total);
}

}  // namespace mlo::data
