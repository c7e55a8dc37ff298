#include <algorithm>
#include <cmath>

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

/// Numbers are always binned here, in Sturges bins for the count of distinct values: Evidently's
/// convention for this measure.
Shares hellinger_shares(const Sides& sides) {
  if (!sides.is_numeric) return binned_shares(sides);
  const auto edges = sturges_edges(std::min(sides.reference.front(), sides.current.front()),
                                   std::max(sides.reference.back(), sides.current.back()),
                                   sides.different, sides.is_integer);
  Shares shares{count_in_bins(sides.reference, edges), count_in_bins(sides.current, edges)};
  for (auto& share : shares.reference) share /= sides.reference_total;
  for (auto& share : shares.current) share /= sides.current_total;
  return shares;
}

/// Hellinger distance √(1 − Σ √(r c)), in [0, 1]: 1 when no bin has rows of both sides. Matches
/// Evidently's, and NannyML's of categories; threshold 0.1.
/// Source: Hellinger, J. Reine Angew. Math. 136 (1909), 210–271.
Measured hellinger(const Sides& sides) {
  const auto shares = hellinger_shares(sides);
  ExactSum sum;
  for (std::size_t i = 0; i < shares.reference.size(); ++i)
    sum.add(std::sqrt(shares.reference[i] * shares.current[i]));
  return {.statistic = std::sqrt(1 - std::clamp(sum.value(), 0.0, 1.0)), .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("hellinger", {.compare = hellinger, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
