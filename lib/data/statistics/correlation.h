#pragma once

#include <span>

namespace mlo::data {

/// Pearson's correlation of the rows in which both values are finite, in [−1, 1]; NaN with fewer
/// than two such rows or when a side does not vary. Two passes, in the order of the rows.
/// scipy.stats.pearsonr, pandas.DataFrame.corr. Source: Pearson, Phil. Trans. A 187 (1896), 253.
double pearson_correlation(std::span<const double> left, std::span<const double> right);

}  // namespace mlo::data
