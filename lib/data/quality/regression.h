#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

// Metrics of estimated numbers, as sklearn.metrics has them.
std::optional<double> mean_absolute_error(const Encoded& encoded, Weights weights);
std::optional<double> mean_squared_error(const Encoded& encoded, Weights weights);
std::optional<double> root_mean_squared_error(const Encoded& encoded, Weights weights);
std::optional<double> median_absolute_error(const Encoded& encoded, Weights weights);
std::optional<double> max_error(const Encoded& encoded, Weights weights);
/// Mean of |error| / max(|truth|, 2⁻⁵²): a share, not percent.
std::optional<double> mean_absolute_percentage_error(const Encoded& encoded, Weights weights);
/// Mean of truth − estimate: above zero where estimates are too low.
std::optional<double> mean_error(const Encoded& encoded, Weights weights);
/// 1 − squared error / variance of the truth. Nothing when the truth is one value.
std::optional<double> r2(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
