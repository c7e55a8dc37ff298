#include <cmath>

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

/// Kullback–Leibler divergence Σ r ln(r / c) of the current from the reference shares, in nats; not
/// symmetric. Bins and the filling of empty ones are Evidently's, which normalises after filling
/// (scipy.stats.entropy). Source: Kullback & Leibler, Ann. Math. Stat. 22 (1951), 79–86.
Measured kullback_leibler(const Sides& sides) {
  auto shares = binned_shares(sides);
  fill_empty(shares.reference);
  fill_empty(shares.current);
  const double reference_sum = exact_sum(shares.reference);
  const double current_sum = exact_sum(shares.current);
  ExactSum sum;
  for (std::size_t i = 0; i < shares.reference.size(); ++i) {
    const double reference = shares.reference[i] / reference_sum;
    sum.add(reference * std::log(reference / (shares.current[i] / current_sum)));
  }
  return {.statistic = sum.value(), .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("kl", {.compare = kullback_leibler, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
