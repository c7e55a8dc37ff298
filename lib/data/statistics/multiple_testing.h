#pragma once

#include <span>
#include <vector>

namespace mlo::data {

/// Benjamini and Hochberg's adjusted p-values, in the order of `p_values`: min over j ≥ i of
/// p₍ⱼ₎ m / j, at most 1. Calling p < q significant keeps the expected share of false discoveries
/// below q. Matches scipy.stats.false_discovery_control(method="bh").
/// Source: J. R. Stat. Soc. B 57 (1995), 289–300.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace mlo::data
