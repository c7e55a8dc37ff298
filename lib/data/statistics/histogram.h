#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mlo::data {

/// Counts of values in bins of equal width from the least to the greatest finite value; each bin
/// holds its lower edge, the last both. `sorted` is ascending without NaN; infinities are left out.
/// Empty without a finite value; one bin when all are equal. numpy.histogram(values, bins), up to
/// values that lie on an edge which two formulas round differently.
std::vector<std::int64_t> equal_width_counts(std::span<const double> sorted, int bins);

}  // namespace mlo::data
