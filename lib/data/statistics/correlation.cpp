#include "data/statistics/correlation.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mlo/core/error.h"

namespace mlo::data {

double pearson_correlation(std::span<const double> left, std::span<const double> right) {
  invariant(left.size() == right.size(), "correlated columns have the same rows");
  double rows = 0;
  double left_mean = 0;
  double right_mean = 0;
  const auto is_pair = [&](std::size_t i) {
    return std::isfinite(left[i]) && std::isfinite(right[i]);
  };
  // Running means: a sum of the greatest doubles would overflow.
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!is_pair(i)) continue;
    rows += 1;
    left_mean += (left[i] - left_mean) / rows;
    right_mean += (right[i] - right_mean) / rows;
  }
  double left_squares = 0;
  double right_squares = 0;
  double products = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (!is_pair(i)) continue;
    const double a = left[i] - left_mean;
    const double b = right[i] - right_mean;
    left_squares += a * a;
    right_squares += b * b;
    products += a * b;
  }
  const double scale = std::sqrt(left_squares) * std::sqrt(right_squares);
  if (rows < 2 || !(scale > 0) || !std::isfinite(scale))
    return std::numeric_limits<double>::quiet_NaN();
  return std::clamp(products / scale, -1.0, 1.0);
}

}  // namespace mlo::data
