#include <cmath>

#include "data/drift/contingency.h"

namespace mlo::data {

namespace {

/// Cramér's V = √(χ² / n) of the table side × bin, in [0, 1]: the size of the difference whatever
/// the number of rows. Matches scipy.stats.contingency.association(method="cramer").
/// Source: Cramér, Mathematical Methods of Statistics (1946), 282.
Measured cramers_v(const Sides& sides) {
  const auto found = contingency(sides);
  // One bin only: nothing can differ.
  if (found.degrees_of_freedom <= 0) return {};
  return {.statistic = std::sqrt(found.statistic / (sides.reference_total + sides.current_total)),
          .p_value = {}};
}

const bool kRegistered =
    drift_measures().add("cramers_v", {.compare = cramers_v, .threshold = 0.1});

}  // namespace

}  // namespace mlo::data
