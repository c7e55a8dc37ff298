#include "data/drift/sides.h"

#include <algorithm>
#include <cmath>

#include "data/drift/text_sides.h"
#include "data/statistics/quantile.h"
#include "data/statistics/sort_numbers.h"

namespace mlo::data {

namespace {

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number || type == ColumnType::date ||
         type == ColumnType::timestamp;
}

/// Whether both can be read as numbers; true and false alone are two categories.
bool are_numeric(ColumnType reference, ColumnType current) {
  const auto fits = [](ColumnType type, ColumnType other) {
    return is_numeric(type) || (type == ColumnType::boolean &&
                                (other == ColumnType::integer || other == ColumnType::number));
  };
  return fits(reference, current) && fits(current, reference);
}

std::vector<double> finite_sorted(std::vector<double> values, double& missing) {
  missing = static_cast<double>(
      std::ranges::count_if(values, [](double value) { return std::isnan(value); }));
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  sort_numbers(values);
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
  each_value(sides, [&](double, double, double) { ++sides.different; });
  if (distinct_count(sides.reference) > Sides::kMaxListedValues) return;
  each_value(sides, [&](double value, double in_reference, double in_current) {
    sides.values.push_back(value);
    sides.reference_counts.push_back(in_reference);
    sides.current_counts.push_back(in_current);
  });
}

}  // namespace

Sides read_sides(const Table& reference, const Table& current, const std::string& column,
                 const SidesWanted& wanted) {
  const auto reference_type = reference.find(column)->type;
  const auto current_type = current.find(column)->type;
  Sides sides;
  sides.is_numeric = are_numeric(reference_type, current_type);
  if (!sides.is_numeric) {
    read_text_sides(sides, reference, current, column, wanted);
    return sides;
  }
  sides.is_integer = reference_type == ColumnType::integer && current_type == ColumnType::integer;
  sides.reference = finite_sorted(reference.numbers(column), sides.reference_missing);
  sides.current = finite_sorted(current.numbers(column), sides.current_missing);
  sides.reference_total = static_cast<double>(sides.reference.size());
  sides.current_total = static_cast<double>(sides.current.size());
  count_values(sides);
  sides.kind = kind_of(column, reference_type, sides);
  return sides;
}

}  // namespace mlo::data
