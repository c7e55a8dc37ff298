#include <algorithm>
#include <cmath>

#include "data/drift/measure.h"
#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

constexpr double kLeastDeviation = 0.001;

/// First Wasserstein distance ∫ |F − G| divided by the reference's standard deviation (n in the
/// denominator, at least 0.001): how far values moved, in deviations. Matches Evidently's over
/// scipy.stats.wasserstein_distance; threshold 0.1.
/// Source: Vallender, Theory Probab. Appl. 18 (1974), 784–786.
Measured wasserstein(const Sides& sides) {
  const auto& reference = sides.reference;
  const auto& current = sides.current;
  ExactSum sum;
  std::size_t i = 0;
  std::size_t j = 0;
  double before = std::min(reference.front(), current.front());
  while (i < reference.size() || j < current.size()) {
    const bool take_reference =
        j == current.size() || (i < reference.size() && reference[i] <= current[j]);
    const double value = take_reference ? reference[i] : current[j];
    if (value > before) {
      const double gap = static_cast<double>(i) / sides.reference_total -
                         static_cast<double>(j) / sides.current_total;
      sum.add(std::fabs(gap) * (value - before));
      before = value;
    }
    ++(take_reference ? i : j);
  }
  return {.statistic = sum.value() / std::max(standard_deviation(reference, 0), kLeastDeviation),
          .p_value = {}};
}

const bool kRegistered = drift_measures().add(
    "wasserstein", {.compare = wasserstein, .threshold = 0.1, .numbers_only = true});

}  // namespace

}  // namespace mlo::data
