#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

/// Area under the ROC curve: the chance that a positive row scores above a negative one, a tie
/// counting half. Nothing with one class only. sklearn.metrics.roc_auc_score.
/// Source: Hanley & McNeil, Radiology 143 (1982), 29–36.
std::optional<double> roc_auc(const Encoded& encoded, Weights weights);
/// Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores from high to low, without interpolation.
/// Nothing with one class only. sklearn.metrics.average_precision_score.
std::optional<double> average_precision(const Encoded& encoded, Weights weights);
/// Mean −ln of the probability of the true class, clipped to [ε, 1 − ε] with ε = 2⁻⁵², in nats.
/// Nothing when a score is no probability. sklearn.metrics.log_loss.
std::optional<double> log_loss(const Encoded& encoded, Weights weights);
/// Mean (y − p)², y being 1 for a positive row, else 0. Nothing when a score is no probability.
/// sklearn.metrics.brier_score_loss. Source: Brier, Mon. Weather Rev. 78 (1950), 1–3.
std::optional<double> brier_score(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
