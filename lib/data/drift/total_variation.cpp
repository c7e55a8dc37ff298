#include <cmath>

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

/// Total variation distance ½ Σ |r − c|, in [0, 1], over Evidently's bins: the largest difference
/// in the chance of any event. Evidently judges it by a permutation test, we by threshold 0.1.
/// Source: Gibbs & Su, Int. Stat. Rev. 70 (2002), 419–435.
Measured total_variation(const Sides& sides) {
  const auto shares = binned_shares(sides);
  ExactSum sum;
  for (std::size_t i = 0; i < shares.reference.size(); ++i)
    sum.add(std::fabs(shares.reference[i] - shares.current[i]));
  return {.statistic = sum.value() / 2, .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("total_variation", {.compare = total_variation, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
