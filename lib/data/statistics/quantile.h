#pragma once

#include <span>
#include <vector>

namespace mlo::data {

/// The `share`-quantile of `sorted` values by linear interpolation: numpy.quantile's default
/// method, bit for bit (Hyndman & Fan's type 7). NaN for no values.
double quantile(std::span<const double> sorted, double share);

/// `values` without NaN, in ascending order.
std::vector<double> sorted_values(std::span<const double> values);
/// How many different values a sorted sequence has.
std::size_t distinct_count(std::span<const double> sorted);

}  // namespace mlo::data
