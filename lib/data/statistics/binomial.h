#pragma once

#include <cstdint>

namespace mlo::data {

/// C(n, k) pᵏ (1 − p)ⁿ⁻ᵏ with n p = `expected`, 0 ≤ k ≤ n and 0 < p ≤ 1, by the saddle point:
/// relative error about 1e-14 where the product of powers would lose all digits. Source: Loader,
/// Fast and accurate computation of binomial probabilities (2000).
double binomial_probability(std::int64_t k, std::int64_t n, double expected);

}  // namespace mlo::data
