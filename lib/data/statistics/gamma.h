#pragma once

namespace mlo::data {

/// Q(a, x) = Γ(a, x) / Γ(a), a > 0, x ≥ 0: scipy.special.gammaincc to 1e-12.
/// Series below x = a + 1, else Lentz's continued fraction.
/// Source: Abramowitz & Stegun 6.5.29 and 6.5.31.
double upper_incomplete_gamma(double a, double x);

/// P(X ≥ x) for X chi-square distributed: scipy.stats.chi2.sf. 1 for no degrees of freedom.
double chi_square_survival(double x, double degrees_of_freedom);

}  // namespace mlo::data
