#include "data/statistics/histogram.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace mlo::data {

std::vector<std::int64_t> equal_width_counts(std::span<const double> sorted, int bins) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto first = std::upper_bound(sorted.begin(), sorted.end(), -kInfinity);
  const auto last = std::lower_bound(first, sorted.end(), kInfinity);
  if (first == last) return {};
  const double least = *first;
  const double most = *std::prev(last);
  if (least == most || bins <= 1) return {std::distance(first, last)};
  const double step = (most - least) / bins;
  std::vector<std::int64_t> counts;
  auto begin = first;
  for (int bin = 1; bin <= bins; ++bin) {
    const double part = static_cast<double>(bin) / bins;
    // As numpy's linspace, save that the width of the widest range is no double.
    const double edge = std::isfinite(step) ? bin * step + least : least * (1 - part) + most * part;
    const auto end = bin == bins ? last : std::lower_bound(begin, last, edge);
    counts.push_back(std::distance(begin, end));
    begin = end;
  }
  return counts;
}

}  // namespace mlo::data
