#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "data/drift/measure.h"
#include "data/statistics/kolmogorov.h"

namespace mlo::data {

namespace {

constexpr std::int64_t kMaxExact = 10000;

/// Two-sample Kolmogorov–Smirnov test: D = sup |F − G|, the largest gap between the empirical
/// distributions, and its two-sided p-value. Matches scipy.stats.ks_2samp(method="auto"): exact up
/// to 10,000 values a side, else P(Dₙ ≥ D) at n = nm/(n+m), rounded. Ties are not corrected for.
/// Source: Hodges, Ark. Mat. 3 (1958), 469–486.
Measured kolmogorov_smirnov(const Sides& sides) {
  const auto n = static_cast<std::int64_t>(sides.reference.size());
  const auto m = static_cast<std::int64_t>(sides.current.size());
  const auto divisor = std::gcd(n, m);
  // Gaps are counted in units of 1 / lcm(n, m), so that no rounding decides which is largest.
  std::int64_t gap = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < sides.reference.size() && j < sides.current.size()) {
    const double value = std::min(sides.reference[i], sides.current[j]);
    while (i < sides.reference.size() && sides.reference[i] == value) ++i;
    while (j < sides.current.size() && sides.current[j] == value) ++j;
    gap = std::max(gap, std::abs(static_cast<std::int64_t>(i) * (m / divisor) -
                                 static_cast<std::int64_t>(j) * (n / divisor)));
  }
  const auto least_common_multiple = n / divisor * m;
  const double statistic = static_cast<double>(gap) / static_cast<double>(least_common_multiple);
  if (std::max(n, m) <= kMaxExact)
    return {.statistic = statistic, .p_value = two_sample_survival(n, m, gap)};
  const double effective =
      static_cast<double>(n) * static_cast<double>(m) / static_cast<double>(n + m);
  // numpy rounds halves to even, as nearbyint does.
  return {
      .statistic = statistic,
      .p_value = kolmogorov_survival(std::max<std::int64_t>(1, std::llrint(effective)), statistic)};
}

const bool kRegistered = drift_measures().add(
    "ks", {.compare = kolmogorov_smirnov, .threshold = 0.05, .numbers_only = true});

}  // namespace

}  // namespace mlo::data
