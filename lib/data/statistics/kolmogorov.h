#pragma once

#include <cstdint>

namespace mlo::data {

/// P(Dₙ ≥ x) for the two-sided one-sample Kolmogorov–Smirnov statistic of n observations:
/// scipy.stats.kstwo.sf(x, n), by the same choice of method.
/// Sources: Marsaglia, Tsang & Wang, J. Stat. Softw. 8 (2003) 18; Pelz & Good, J. R. Stat. Soc. B
/// 38 (1976), 152–156; Simard & L'Ecuyer, J. Stat. Softw. 39 (2011) 11.
double kolmogorov_survival(std::int64_t n, double x);

/// P(Dₙ⁺ ≥ x), the one-sided statistic: scipy.special.smirnov. Relative error about 1e-13.
double smirnov_survival(std::int64_t n, double x);

/// P(D ≥ gap / lcm(n, m)) for the two-sample statistic of n and m observations without ties:
/// the exact method of scipy.stats.ks_2samp. O(n m gap / lcm) time.
/// Source: Schröer & Trenkler, Comput. Stat. Data Anal. 20 (1995), 185–202.
double two_sample_survival(std::int64_t n, std::int64_t m, std::int64_t gap);

}  // namespace mlo::data
