#include "data/drift/contingency.h"
#include "data/statistics/gamma.h"

namespace mlo::data {

namespace {

/// Chi-square test of homogeneity: are both sides drawn from one distribution over the bins?
/// χ² = Σ (observed − expected)² / expected and its p-value with bins − 1 degrees of freedom.
/// Matches scipy.stats.chi2_contingency(correction=False) and, for two categories, Evidently's
/// z-test. Evidently's own chi-square takes the reference's shares as known without error, which
/// calls drift too often when the sides are of like size; ours does not. One bin only: p = 1.
/// Source: Pearson, Phil. Mag. 50 (1900), 157–175.
Measured chi_square(const Sides& sides) {
  const auto found = contingency(sides);
  return {.statistic = found.statistic,
          .p_value = chi_square_survival(found.statistic, found.degrees_of_freedom)};
}

const bool kRegistered =
    drift_measures().add("chi_square", {.compare = chi_square, .threshold = 0.05});

}  // namespace

}  // namespace mlo::data
