#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

/// Σ over ten equal bins of [0, 1] of (rows in it / rows) · |share of positives − mean score|
/// (Naeini, Cooper & Hauskrecht, AAAI 2015). Nothing when a score is no probability.
std::optional<double> expected_calibration_error(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
