#include "data/drift/sides.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/core.h>

#include "data/statistics/quantile.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number || type == ColumnType::date ||
         type == ColumnType::timestamp;
}

std::vector<double> finite_sorted(std::vector<double> values, double& missing) {
  missing = static_cast<double>(
      std::ranges::count_if(values, [](double value) { return std::isnan(value); }));
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::ranges::sort(values);
  return values;
}

/// Calls `visit(value, count in the reference, count in the current side)` for each distinct value.
template <typename Visit>
void each_value(const Sides& sides, Visit&& visit) {
  auto reference = sides.reference.begin();
  auto current = sides.current.begin();
  while (reference != sides.reference.end() || current != sides.current.end()) {
    const bool take_reference = current == sides.current.end() ||
                                (reference != sides.reference.end() && *reference <= *current);
    const double value = take_reference ? *reference : *current;
    const auto is_other = [value](double other) { return other != value; };
    const auto reference_end = std::find_if(reference, sides.reference.end(), is_other);
    const auto current_end = std::find_if(current, sides.current.end(), is_other);
    visit(value, static_cast<double>(reference_end - reference),
          static_cast<double>(current_end - current));
    reference = reference_end;
    current = current_end;
  }
}

/// Lists the distinct values of both sorted sides with their counts, where somebody may look at
/// them: a million different numbers are looked at in bins.
void count_values(Sides& sides) {
  each_value(sides, [&](double, double, double) { ++sides.distinct_numbers; });
  if (distinct_count(sides.reference) > Sides::kMaxListedValues) return;
  each_value(sides, [&](double value, double in_reference, double in_current) {
    sides.values.push_back(value);
    sides.reference_counts.push_back(in_reference);
    sides.current_counts.push_back(in_current);
  });
}

using Counts = std::map<std::string, double>;

Counts count_texts(const Table& table, const std::string& name) {
  Counts counts;
  const auto* column = table.find(name);
  if (column->type == ColumnType::number) {
    for (const auto& value : table.texts(name))
      if (value) ++counts[*value];
    return counts;
  }
  auto& state = table.state();
  const auto sql_name = sql_column(state.index_of(name));
  for (const auto& row : state.engine.rows(fmt::format(
           "SELECT CAST({0} AS VARCHAR), CAST(count(*) AS VARCHAR) FROM t WHERE {0} IS NOT NULL "
           "GROUP BY {0}",
           sql_name)))
    counts[*row[0]] += std::stod(*row[1]);
  return counts;
}

void align(Sides& sides, const Counts& reference, const Counts& current) {
  Counts both = reference;
  both.insert(current.begin(), current.end());
  for (const auto& [value, count] : both) {
    const auto in_reference = reference.find(value);
    const auto in_current = current.find(value);
    sides.categories.push_back(value);
    sides.reference_counts.push_back(in_reference == reference.end() ? 0 : in_reference->second);
    sides.current_counts.push_back(in_current == current.end() ? 0 : in_current->second);
    sides.reference_total += sides.reference_counts.back();
    sides.current_total += sides.current_counts.back();
  }
}

}  // namespace

Sides read_sides(const Table& reference, const Table& current, const std::string& column) {
  const auto reference_type = reference.find(column)->type;
  const auto current_type = current.find(column)->type;
  Sides sides;
  sides.is_numeric = is_numeric(reference_type) && is_numeric(current_type);
  if (!sides.is_numeric) {
    align(sides, count_texts(reference, column), count_texts(current, column));
    sides.reference_missing = static_cast<double>(reference.rows()) - sides.reference_total;
    sides.current_missing = static_cast<double>(current.rows()) - sides.current_total;
    return sides;
  }
  sides.is_integer = reference_type == ColumnType::integer && current_type == ColumnType::integer;
  sides.reference = finite_sorted(reference.numbers(column), sides.reference_missing);
  sides.current = finite_sorted(current.numbers(column), sides.current_missing);
  sides.reference_total = static_cast<double>(sides.reference.size());
  sides.current_total = static_cast<double>(sides.current.size());
  count_values(sides);
  return sides;
}

}  // namespace mlo::data
