#include <cmath>

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

/// Population stability index Σ (r − c) ln(r / c) over the shares of each bin. Bins and the filling
/// of empty ones are Evidently's (get_binned_data), so is the threshold 0.1.
/// Source: Siddiqi, Credit Risk Scorecards (2006).
Measured population_stability_index(const Sides& sides) {
  auto shares = binned_shares(sides);
  fill_empty(shares.reference);
  fill_empty(shares.current);
  ExactSum sum;
  for (std::size_t i = 0; i < shares.reference.size(); ++i)
    sum.add((shares.reference[i] - shares.current[i]) *
            std::log(shares.reference[i] / shares.current[i]));
  return {.statistic = sum.value(), .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("psi", {.compare = population_stability_index, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
