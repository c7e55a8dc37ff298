#include "data/drift/contingency.h"

#include "data/drift/bins.h"
#include "data/statistics/sum.h"

namespace mlo::data {

Contingency contingency(const Sides& sides) {
  const auto counts = binned_counts(sides);
  const double all = sides.reference_total + sides.current_total;
  ExactSum sum;
  double bins = 0;
  for (std::size_t i = 0; i < counts.reference.size(); ++i) {
    const double both = counts.reference[i] + counts.current[i];
    if (both == 0) continue;
    ++bins;
    const double expected_reference = both * sides.reference_total / all;
    const double expected_current = both * sides.current_total / all;
    const double gap = counts.reference[i] - expected_reference;
    sum.add(gap * gap / expected_reference);
    sum.add(gap * gap / expected_current);
  }
  return {.statistic = sum.value(), .degrees_of_freedom = bins - 1};
}

}  // namespace mlo::data
