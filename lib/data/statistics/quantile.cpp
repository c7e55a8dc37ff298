#include "data/statistics/quantile.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "data/statistics/sort_numbers.h"

namespace mlo::data {

double quantile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double part = place - std::floor(place);
  const double step = sorted[above] - sorted[below];
  if (step == 0 || part == 0) return sorted[below];
  // From the nearer end, as numpy does, so that the result never passes the value above.
  return part >= 0.5 ? sorted[above] - step * (1 - part) : sorted[below] + step * part;
}

std::vector<double> sorted_values(std::span<const double> values) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
               [](double value) { return !std::isnan(value); });
  sort_numbers(sorted);
  return sorted;
}

std::size_t distinct_count(std::span<const double> sorted) {
  std::size_t count = sorted.empty() ? 0 : 1;
  for (std::size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i] != sorted[i - 1]) ++count;
  return count;
}

}  // namespace mlo::data
