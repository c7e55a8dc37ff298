#include "data/statistics/binomial.h"

#include <cmath>

namespace mlo::data {

namespace {

constexpr double kTwoPi = 6.28318530717958647693;

/// ln n! − ln(√(2πn) (n/e)ⁿ)
double stirling_error(double n) {
  if (n <= 15) {
    int sign = 0;
    return lgamma_r(n + 1, &sign) - (n + 0.5) * std::log(n) + n - std::log(kTwoPi) / 2;
  }
  const double n2 = n * n;
  return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - 1.0 / 1188 / n2) / n2) / n2) / n2) /
         n;
}

/// x ln(x / mean) + mean − x, without cancellation near x = mean.
double deviance(double x, double mean) {
  if (std::fabs(x - mean) >= 0.1 * (x + mean)) return x * std::log(x / mean) + mean - x;
  const double ratio = (x - mean) / (x + mean);
  double sum = (x - mean) * ratio;
  double term = 2 * x * ratio;
  for (int j = 1;; ++j) {
    term *= ratio * ratio;
    const double next = sum + term / (2 * j + 1);
    if (next == sum) return sum;
    sum = next;
  }
}

}  // namespace

double binomial_probability(std::int64_t k, std::int64_t n, double expected) {
  const auto count = static_cast<double>(n);
  const auto hits = static_cast<double>(k);
  const double missed = count - hits;
  const double expected_missed = count - expected;
  if (k == 0) return std::exp(count * std::log1p(-expected / count));
  if (k == n) return std::exp(count * std::log(expected / count));
  if (expected_missed <= 0) return 0;
  const double exponent = stirling_error(count) - stirling_error(hits) - stirling_error(missed) -
                          deviance(hits, expected) - deviance(missed, expected_missed);
  return std::exp(exponent) * std::sqrt(count / (kTwoPi * hits * missed));
}

}  // namespace mlo::data
