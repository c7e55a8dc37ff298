#pragma once

#include <optional>

#include "data/quality/encoded.h"

namespace mlo::data {

// Metrics of predicted classes: sklearn.metrics with zero_division=0. A binary metric is nothing
// when its rows cannot tell: recall without a positive row, correlation with one class only.
std::optional<double> accuracy(const Encoded& encoded, Weights weights);
/// Mean recall of the classes that occur.
std::optional<double> balanced_accuracy(const Encoded& encoded, Weights weights);
std::optional<double> binary_balanced_accuracy(const Encoded& encoded, Weights weights);
std::optional<double> precision(const Encoded& encoded, Weights weights);
std::optional<double> recall(const Encoded& encoded, Weights weights);
std::optional<double> f1(const Encoded& encoded, Weights weights);
/// Gorodkin's R_K, for two classes Matthews' φ; 0 when one class only is predicted.
std::optional<double> matthews_corrcoef(const Encoded& encoded, Weights weights);
std::optional<double> precision_macro(const Encoded& encoded, Weights weights);
std::optional<double> recall_macro(const Encoded& encoded, Weights weights);
std::optional<double> f1_macro(const Encoded& encoded, Weights weights);
/// Means over the classes, each as often as it is true.
std::optional<double> precision_weighted(const Encoded& encoded, Weights weights);
std::optional<double> recall_weighted(const Encoded& encoded, Weights weights);
std::optional<double> f1_weighted(const Encoded& encoded, Weights weights);

}  // namespace mlo::data
