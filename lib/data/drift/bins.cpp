#include "data/drift/bins.h"

#include <algorithm>
#include <cmath>

namespace mlo::data {

namespace {

constexpr double kEmptyShare = 0.0001;

std::vector<double> divided(std::vector<double> counts, double total) {
  for (auto& count : counts) count /= total;
  return counts;
}

}  // namespace

std::vector<double> equal_edges(double low, double high, std::size_t bins) {
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const double step = (high - low) / static_cast<double>(bins);
  std::vector<double> edges;
  for (std::size_t i = 0; i < bins; ++i) edges.push_back(static_cast<double>(i) * step + low);
  edges.push_back(high);
  return edges;
}

std::vector<double> sturges_edges(double low, double high, std::size_t n, bool is_integer) {
  double width = (high - low) / (std::log2(static_cast<double>(n)) + 1);
  if (is_integer && width > 0 && width < 1) width = 1;
  const auto bins =
      width > 0 ? static_cast<std::size_t>(std::ceil((high - low) / width)) : std::size_t{1};
  return equal_edges(low, high, bins);
}

std::vector<double> count_in_bins(std::span<const double> sorted, std::span<const double> edges) {
  std::vector<double> counts;
  auto begin = std::lower_bound(sorted.begin(), sorted.end(), edges.front());
  for (std::size_t i = 1; i < edges.size(); ++i) {
    const auto end = i + 1 == edges.size() ? std::upper_bound(begin, sorted.end(), edges[i])
                                           : std::lower_bound(begin, sorted.end(), edges[i]);
    counts.push_back(static_cast<double>(end - begin));
    begin = end;
  }
  return counts;
}

Shares binned_counts(const Sides& sides) {
  if (sides.has_counts()) return {sides.reference_counts, sides.current_counts};
  const auto edges = sturges_edges(std::min(sides.reference.front(), sides.current.front()),
                                   std::max(sides.reference.back(), sides.current.back()),
                                   sides.reference.size() + sides.current.size(), sides.is_integer);
  return {count_in_bins(sides.reference, edges), count_in_bins(sides.current, edges)};
}

Shares binned_shares(const Sides& sides) {
  auto counts = binned_counts(sides);
  return {divided(std::move(counts.reference), sides.reference_total),
          divided(std::move(counts.current), sides.current_total)};
}

void fill_empty(std::vector<double>& shares) {
  double smallest = 1;
  for (const double share : shares)
    if (share > 0) smallest = std::min(smallest, share);
  const double filling = smallest <= kEmptyShare ? smallest / 1e6 : kEmptyShare;
  std::replace(shares.begin(), shares.end(), 0.0, filling);
}

}  // namespace mlo::data
