#include "data/statistics/sum.h"

#include <cmath>
#include <limits>
#include <utility>

namespace mlo::data {

void ExactSum::add(double value) {
  if (!std::isfinite(value)) {
    special_ += value;
    return;
  }
  std::size_t kept = 0;
  for (double partial : partials_) {
    if (std::fabs(value) < std::fabs(partial)) std::swap(value, partial);
    const double high = value + partial;
    const double low = partial - (high - value);
    if (low != 0) partials_[kept++] = low;
    value = high;
  }
  partials_.resize(kept);
  partials_.push_back(value);
}

double ExactSum::value() const {
  if (special_ != 0) return special_;  // NaN compares unequal to 0 too
  if (partials_.empty()) return 0;
  auto at = partials_.size() - 1;
  double high = partials_[at];
  double low = 0;
  while (at > 0) {
    const double before = high;
    const double partial = partials_[--at];
    high = before + partial;
    low = partial - (high - before);
    if (low != 0) break;
  }
  // A tie is rounded by what lies below it: half to even would look at the wrong digit.
  if (at > 0 && ((low < 0 && partials_[at - 1] < 0) || (low > 0 && partials_[at - 1] > 0))) {
    const double twice = low * 2;
    const double rounded = high + twice;
    if (twice == rounded - high) high = rounded;
  }
  return high;
}

double exact_sum(std::span<const double> values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

double mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return exact_sum(values) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values, int delta) {
  const auto degrees = static_cast<double>(values.size()) - delta;
  if (degrees <= 0) return std::numeric_limits<double>::quiet_NaN();
  const double center = mean(values);
  ExactSum squares;
  for (const double value : values) squares.add((value - center) * (value - center));
  return std::sqrt(squares.value() / degrees);
}

}  // namespace mlo::data
