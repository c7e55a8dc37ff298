#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

// Metrics of predicted classes, shares in [0, 1]: sklearn.metrics with zero_division=0. A row
// counts as often as its weight says. A binary metric is nothing when its rows cannot tell: recall
// without a positive row, correlation with one class only; each is nothing without predictions.

/// Rows whose prediction is true / rows. sklearn.metrics.accuracy_score.
std::optional<double> accuracy(const Encoded& encoded, Weights weights);
/// Mean recall of the classes that occur; binary, nothing unless both do.
/// sklearn.metrics.balanced_accuracy_score.
std::optional<double> balanced_accuracy(const Encoded& encoded, Weights weights);
std::optional<double> binary_balanced_accuracy(const Encoded& encoded, Weights weights);
/// Of the positive class: true positives / predicted positives, 0 when none is predicted.
/// sklearn.metrics.precision_score.
std::optional<double> precision(const Encoded& encoded, Weights weights);
/// True positives / positives. sklearn.metrics.recall_score.
std::optional<double> recall(const Encoded& encoded, Weights weights);
/// Their harmonic mean, 2 · true positives / (positives + predicted positives); 0 for 0 / 0.
/// sklearn.metrics.f1_score.
std::optional<double> f1(const Encoded& encoded, Weights weights);
/// Gorodkin's R_K, for two classes Matthews' φ, in [−1, 1]; 0 when one class only is predicted.
/// sklearn.metrics.matthews_corrcoef.
/// Sources: Matthews, Biochim. Biophys. Acta 405 (1975), 442; Gorodkin, Comput. Biol. Chem. 28
/// (2004), 367–374.
std::optional<double> matthews_corrcoef(const Encoded& encoded, Weights weights);
/// Plain means over the classes that are true or predicted (average="macro").
std::optional<double> precision_macro(const Encoded& encoded, Weights weights);
std::optional<double> recall_macro(const Encoded& encoded, Weights weights);
std::optional<double> f1_macro(const Encoded& encoded, Weights weights);
/// Means over the classes, each as often as it is true (average="weighted").
std::optional<double> precision_weighted(const Encoded& encoded, Weights weights);
std::optional<double> recall_weighted(const Encoded& encoded, Weights weights);
std::optional<double> f1_weighted(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
