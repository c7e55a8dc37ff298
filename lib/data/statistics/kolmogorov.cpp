#include "data/statistics/kolmogorov.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "data/statistics/binomial.h"

namespace mlo::data {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kPi2 = kPi * kPi;
constexpr int kScale = 128;  // matrices are rescaled by 2^128 before they overflow

using Matrix = std::vector<double>;  // row by row

Matrix multiply(const Matrix& left, const Matrix& right, std::size_t size) {
  Matrix product(size * size, 0.0);
  for (std::size_t row = 0; row < size; ++row)
    for (std::size_t inner = 0; inner < size; ++inner) {
      const double factor = left[row * size + inner];
      if (factor == 0) continue;
      for (std::size_t column = 0; column < size; ++column)
        product[row * size + column] += factor * right[inner * size + column];
    }
  return product;
}

/// Durbin's matrix for nx = k − h.
Matrix durbin_matrix(std::size_t k, double h) {
  const std::size_t size = 2 * k - 1;
  Matrix matrix(size * size, 0.0);
  std::vector<double> border(size);
  std::vector<double> inverse_factorial(size + 1);
  inverse_factorial[0] = 1;
  for (std::size_t j = 1; j <= size; ++j)
    inverse_factorial[j] = inverse_factorial[j - 1] / static_cast<double>(j);
  for (std::size_t j = 0; j < size; ++j)
    border[j] = (1 - std::pow(h, static_cast<double>(j + 1))) * inverse_factorial[j + 1];
  const auto power = static_cast<double>(size);
  border[size - 1] = (1 + std::pow(std::max(2 * h - 1, 0.0), power) - 2 * std::pow(h, power)) *
                     inverse_factorial[size];
  for (std::size_t column = 1; column < size; ++column)
    for (std::size_t row = column - 1; row < size; ++row)
      matrix[row * size + column] = inverse_factorial[row - column + 1];
  for (std::size_t row = 0; row < size; ++row) {
    matrix[row * size] = border[row];
    matrix[(size - 1) * size + row] = border[size - 1 - row];
  }
  return matrix;
}

/// P(Dₙ < x) exactly: n!/nⁿ times an element of the n-th power of Durbin's matrix.
double distribution_by_matrix(std::int64_t n, double x) {
  const double nx = static_cast<double>(n) * x;
  const auto k = static_cast<std::size_t>(std::ceil(nx));
  const std::size_t size = 2 * k - 1;
  const auto middle = (k - 1) * size + k - 1;
  auto base = durbin_matrix(k, static_cast<double>(k) - nx);
  Matrix power(size * size, 0.0);
  for (std::size_t i = 0; i < size; ++i) power[i * size + i] = 1;
  int exponent = 0;
  int base_exponent = 0;
  for (auto rest = n; rest > 0; rest /= 2) {
    if (rest % 2 != 0) {
      power = multiply(power, base, size);
      exponent += base_exponent;
    }
    base = multiply(base, base, size);
    base_exponent *= 2;
    if (std::fabs(base[middle]) > std::ldexp(1.0, kScale)) {
      for (auto& value : base) value = std::ldexp(value, -kScale);
      base_exponent += kScale;
    }
  }
  double result = power[middle];
  for (std::int64_t i = 1; i <= n; ++i) {
    result *= static_cast<double>(i) / static_cast<double>(n);
    if (std::fabs(result) < std::ldexp(1.0, -kScale)) {
      result = std::ldexp(result, kScale);
      exponent -= kScale;
    }
  }
  return std::ldexp(result, exponent);
}

/// Pelz and Good's expansion of P(Dₙ < x) in powers of n^(−1/2), good to n^(−5/2).
double distribution_by_expansion(std::int64_t n, double x) {
  const auto count = static_cast<double>(n);
  const double z = std::sqrt(count) * x;
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double z6 = z4 * z2;
  const double q_log = -kPi2 / 8 / z2;
  if (q_log < std::log(std::numeric_limits<double>::min())) return 0;
  const double q = std::exp(q_log);
  const double k2a = 6 * z6 + 2 * z4;
  const double k2b = (2 * z4 - 5 * z2) * kPi2 / 4;
  const double k2c = kPi2 * kPi2 * (1 - 2 * z2) / 16;
  const double k3d = kPi2 * kPi2 * kPi2 * (5 - 30 * z2) / 64;
  const double k3c = kPi2 * kPi2 * (-60 * z2 + 212 * z4) / 16;
  const double k3b = kPi2 * (135 * z4 - 96 * z6) / 4;
  const double k3a = -30 * z6 - 90 * z4 * z4;
  const int terms = static_cast<int>(std::ceil(16 * z / kPi));
  std::array<double, 4> sums{};
  for (int k = terms; k > 0; --k) {
    const double m = 2 * k - 1;
    const double m2 = m * m;
    const std::array coefficients = {1.0, -z2 + kPi2 / 4 * m2, k2a + (k2b + k2c * m2) * m2,
                                     k3a + (k3b + (k3c + k3d * m2) * m2) * m2};
    const double power = std::pow(q, 8 * k);
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] = sums[i] * power + coefficients[i];
  }
  const double root = std::sqrt(2 * kPi);
  const std::array divisors = {z, 6 * z4, 72 * z6 * z, 6480 * z6 * z4};
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] *= q * root / divisors[i];
  const double q4 = std::exp(-kPi2 / 2 / z2);
  double second = 0;
  double third = 0;
  for (int k = terms; k > 0; --k) {
    const double k2 = static_cast<double>(k) * k;
    const double power = std::pow(q4, k2);
    second += k2 * power;
    third += (3 * z2 - kPi2 * k2) * k2 * power;
  }
  sums[2] += second * kPi2 * root / (-36 * z2 * z);
  sums[3] += third * kPi2 * root / (216 * z6);
  return sums[0] + sums[1] / std::sqrt(count) + sums[2] / count +
         sums[3] / (count * std::sqrt(count));
}

/// n! / nⁿ (2nx − 1)ⁿ for 1/2 < nx ≤ 1: Ruben and Gambino.
double distribution_near_zero(std::int64_t n, double nx) {
  double log_sum = 0;
  const auto count = static_cast<double>(n);
  for (std::int64_t i = 1; i <= n; ++i) log_sum += std::log(static_cast<double>(i) / count);
  return std::exp(log_sum + count * std::log(2 * nx - 1));
}

}  // namespace

double smirnov_survival(std::int64_t n, double x) {
  if (x <= 0) return 1;
  if (x >= 1) return 0;
  const auto count = static_cast<double>(n);
  // Dwass: Σ C(n, j) x (x + j/n)^(j−1) (1 − x − j/n)^(n−j); each term is a binomial probability.
  double sum = 0;
  for (std::int64_t j = 0; j <= n; ++j) {
    const double expected = count * x + static_cast<double>(j);
    if (expected > count) break;
    sum += x * count / expected * binomial_probability(j, n, expected);
  }
  return std::clamp(sum, 0.0, 1.0);
}

double kolmogorov_survival(std::int64_t n, double x) {
  if (x >= 1) return 0;
  const auto count = static_cast<double>(n);
  const double nx = count * x;
  if (nx <= 0.5) return 1;
  if (nx <= 1) return 1 - distribution_near_zero(n, nx);
  if (nx >= count - 1) return 2 * std::pow(1 - x, count);
  const double nx2 = nx * x;
  // Where both one-sided events cannot happen together, or hardly can, twice the one-sided tail.
  if (x >= 0.5 || nx2 >= (n <= 140 ? 4 : 2.2)) return std::min(1.0, 2 * smirnov_survival(n, x));
  const bool is_small = n <= 140 || (n <= 100000 && count * std::pow(x, 1.5) <= 1.4);
  const double below = is_small ? distribution_by_matrix(n, x) : distribution_by_expansion(n, x);
  return std::clamp(1 - below, 0.0, 1.0);
}

double two_sample_survival(std::int64_t n, std::int64_t m, std::int64_t gap) {
  if (gap <= 0) return 1;
  if (n > m) std::swap(n, m);
  const auto divisor = std::gcd(n, m);
  const auto step_n = m / divisor;  // of the gap when n's sample advances
  const auto step_m = n / divisor;
  // touched[j]: the share of paths to (i, j) that went as far as `gap` from the diagonal. Only the
  // band inside is visited: outside of it the share is 1.
  std::vector<double> touched(static_cast<std::size_t>(m) + 1, 1.0);
  for (std::int64_t i = 0; i <= n; ++i) {
    const auto ahead = i * step_n;
    const auto first = ahead < gap ? 0 : (ahead - gap) / step_m + 1;
    const auto last = std::min(m, (ahead + gap - 1) / step_m);
    double left = 1;
    for (auto j = first; j <= last; ++j) {
      auto& here = touched[static_cast<std::size_t>(j)];
      if (i == 0)
        here = j == 0 ? 0 : left;
      else
        here = (static_cast<double>(i) * here + static_cast<double>(j) * left) /
               static_cast<double>(i + j);
      left = here;
    }
  }
  return touched[static_cast<std::size_t>(m)];
}

}  // namespace mlo::data
