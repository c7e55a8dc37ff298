#include "data/statistics/gamma.h"

#include <cmath>
#include <limits>

namespace mlo::data {

namespace {

constexpr int kMaxTerms = 100000;
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

/// ln Γ(a), by the function that does not write the global `signgam`.
double log_gamma(double a) {
  int sign = 0;
  return lgamma_r(a, &sign);
}

double front_factor(double a, double x) {
  return std::exp(a * std::log(x) - x - log_gamma(a));
}

double lower_by_series(double a, double x) {
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < kMaxTerms && term > sum * kEpsilon; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * front_factor(a, x);
}

double upper_by_fraction(double a, double x) {
  constexpr double kTiny = std::numeric_limits<double>::min() / kEpsilon;
  double b = x + 1 - a;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    if (std::fabs(d) < kTiny) d = kTiny;
    if (std::fabs(c) < kTiny) c = kTiny;
    d = 1 / d;
    const double step = d * c;
    fraction *= step;
    if (std::fabs(step - 1) < kEpsilon) break;
  }
  return fraction * front_factor(a, x);
}

}  // namespace

double upper_incomplete_gamma(double a, double x) {
  if (x <= 0) return 1;
  if (std::isinf(x)) return 0;
  return x < a + 1 ? 1 - lower_by_series(a, x) : upper_by_fraction(a, x);
}

double chi_square_survival(double x, double degrees_of_freedom) {
  return degrees_of_freedom <= 0 ? 1 : upper_incomplete_gamma(degrees_of_freedom / 2, x / 2);
}

}  // namespace mlo::data
