#pragma once

#include <span>
#include <vector>

namespace mlo::data {

/// A sum without rounding on the way: exactly rounded at the end, so that neither the order of the
/// values nor a division among threads changes a bit. Python's math.fsum.
/// Source: Shewchuk, Discrete & Computational Geometry 18 (1997), 305–363.
class ExactSum {
 public:
  void add(double value);
  /// The sum so far; infinities and NaN as IEEE addition has them.
  [[nodiscard]] double value() const;

 private:
  std::vector<double> partials_;  // non-overlapping, smallest first
  double special_ = 0;            // the sum of infinities and NaN
};

double exact_sum(std::span<const double> values);

/// Arithmetic mean. NaN for no values.
double mean(std::span<const double> values);
/// Standard deviation with denominator n − `delta` (1: sample, numpy's ddof=1); two passes.
/// NaN when n ≤ delta. numpy.std.
double standard_deviation(std::span<const double> values, int delta);

}  // namespace mlo::data
