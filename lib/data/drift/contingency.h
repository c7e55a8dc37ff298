#pragma once

#include "data/drift/measure.h"

namespace mlo::data {

struct Contingency {
  double statistic = 0;  ///< Pearson's χ²
  double degrees_of_freedom = 0;
};

/// Pearson's χ² of the table side × bin against independence, without Yates' correction; bins that
/// are empty on both sides are left out. scipy.stats.chi2_contingency(correction=False).
Contingency contingency(const Sides& sides);

}  // namespace mlo::data
