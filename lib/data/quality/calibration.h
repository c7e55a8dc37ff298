#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

/// Σ over ten equal bins of [0, 1] of (rows in it / rows) · |share of positives − mean score|, in
/// [0, 1]; a bin is (low, high], the first holds 0 too. Nothing when a score is no probability.
/// Source: Naeini, Cooper & Hauskrecht, AAAI 2015, 2901–2907.
std::optional<double> expected_calibration_error(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
