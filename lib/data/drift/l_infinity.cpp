#include <algorithm>
#include <cmath>

#include "data/drift/bins.h"

namespace mlo::data {

namespace {

/// L-infinity distance max |r − c|, in [0, 1]: the change of the category that changed most.
/// Matches NannyML's for categories; numbers are put into Evidently's bins first. Threshold 0.1.
/// The Chebyshev distance: scipy.spatial.distance.chebyshev of the shares.
Measured l_infinity(const Sides& sides) {
  const auto shares = binned_shares(sides);
  double largest = 0;
  for (std::size_t i = 0; i < shares.reference.size(); ++i)
    largest = std::max(largest, std::fabs(shares.reference[i] - shares.current[i]));
  return {.statistic = largest, .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("l_infinity", {.compare = l_infinity, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
