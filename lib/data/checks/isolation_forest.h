#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "data/checks/features.h"

namespace mlo::data {

/// The anomaly score of each point in (0, 1): 2^(−E(h) / c(ψ)), where E(h) is the mean depth at
/// which random cuts isolate it in 100 trees of ψ = 256 points each, and c(ψ) the mean depth of an
/// unsuccessful search in a binary tree of ψ points. 0.5 and less is normal, near 1 is not.
/// scikit-learn's −IsolationForest.score_samples, but for its random numbers; ours are seeded.
/// Source: Liu, Ting & Zhou, ICDM 2008, 413–422.
std::vector<float> isolation_scores(const Features& features, int threads,
                                    const std::stop_token& stop = {});

/// c(n): 2 (ln(n − 1) + γ) − 2 (n − 1) / n for n > 2, 1 for 2, else 0.
double mean_search_depth(std::size_t points);

}  // namespace mlo::data
