#include <algorithm>
#include <cmath>

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

double relative_entropy(double share, double middle) {
  return share == 0 ? 0 : share * std::log(share / middle);
}

/// Jensen–Shannon distance √((KL(r‖m) + KL(c‖m)) / 2) with m = (r + c) / 2, natural logarithm: in
/// [0, √ln 2]. Matches scipy.spatial.distance.jensenshannon over Evidently's bins; threshold 0.1.
/// Source: Endres & Schindelin, IEEE Trans. Inf. Theory 49 (2003), 1858–1860.
Measured jensen_shannon(const Sides& sides) {
  const auto shares = binned_shares(sides);
  ExactSum sum;
  for (std::size_t i = 0; i < shares.reference.size(); ++i) {
    const double middle = (shares.reference[i] + shares.current[i]) / 2;
    sum.add(relative_entropy(shares.reference[i], middle));
    sum.add(relative_entropy(shares.current[i], middle));
  }
  // Rounding may leave a hair below zero for equal sides.
  return {.statistic = std::sqrt(std::max(0.0, sum.value()) / 2), .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("jensen_shannon", {.compare = jensen_shannon, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
