#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

// Metrics of estimated numbers, as sklearn.metrics has them, with error = truth − estimate; a row
// counts as often as its weight says. In units of the target unless said otherwise.

/// Mean of |error|.
std::optional<double> mean_absolute_error(const Encoded& encoded, Weights weights);
/// Mean of error², in units of the target squared.
std::optional<double> mean_squared_error(const Encoded& encoded, Weights weights);
/// Its square root.
std::optional<double> root_mean_squared_error(const Encoded& encoded, Weights weights);
/// Median of |error|; of an even number of rows the mean of the two in the middle.
std::optional<double> median_absolute_error(const Encoded& encoded, Weights weights);
/// Largest |error|.
std::optional<double> max_error(const Encoded& encoded, Weights weights);
/// Mean of |error| / max(|truth|, 2⁻⁵²): a share, not percent.
std::optional<double> mean_absolute_percentage_error(const Encoded& encoded, Weights weights);
/// Mean error: above zero where estimates are too low. Not among sklearn.metrics.
std::optional<double> mean_error(const Encoded& encoded, Weights weights);
/// 1 − Σ error² / Σ (truth − its mean)²: up to 1, below 0 for estimates that are worse than the
/// mean. Nothing when the truth is one value. sklearn.metrics.r2_score.
std::optional<double> r2(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
