#include "data/quality/classification.h"

#include <algorithm>
#include <cmath>

namespace mlo::data {

namespace {

/// Rows of one class: right, true and predicted.
struct ClassCounts {
  double hits = 0;
  double truth = 0;
  double predicted = 0;
};

std::vector<ClassCounts> count_classes(const Encoded& encoded, Weights weights) {
  std::vector<ClassCounts> counts(encoded.classes.size());
  for (std::size_t row = 0; row < encoded.truth.size(); ++row) {
    const double weight = weights[row];
    counts[encoded.truth[row]].truth += weight;
    counts[encoded.predicted[row]].predicted += weight;
    if (encoded.truth[row] == encoded.predicted[row]) counts[encoded.truth[row]].hits += weight;
  }
  return counts;
}

std::optional<ClassCounts> count_positives(const Encoded& encoded, Weights weights) {
  if (encoded.predicted.empty()) return std::nullopt;
  if (encoded.positive == encoded.classes.size()) return ClassCounts{};
  return count_classes(encoded, weights)[encoded.positive];
}

double share(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

double f1_of(const ClassCounts& counts) {
  return share(2 * counts.hits, counts.truth + counts.predicted);
}

std::size_t true_classes(const std::vector<ClassCounts>& counts) {
  return static_cast<std::size_t>(
      std::count_if(counts.begin(), counts.end(), [](const auto& one) { return one.truth > 0; }));
}

/// The mean over the classes that are true or predicted in the weighted rows.
template <typename Value>
std::optional<double> macro(const Encoded& encoded, Weights weights, Value&& value) {
  if (encoded.predicted.empty()) return std::nullopt;
  double sum = 0;
  double classes = 0;
  for (const auto& counts : count_classes(encoded, weights)) {
    if (counts.truth == 0 && counts.predicted == 0) continue;
    sum += value(counts);
    ++classes;
  }
  return sum / classes;
}

/// The mean over the classes, each as often as it is true.
template <typename Value>
std::optional<double> weighted(const Encoded& encoded, Weights weights, Value&& value) {
  if (encoded.predicted.empty()) return std::nullopt;
  double sum = 0;
  double rows = 0;
  for (const auto& counts : count_classes(encoded, weights)) {
    sum += value(counts) * counts.truth;
    rows += counts.truth;
  }
  return sum / rows;
}

}  // namespace

std::optional<double> accuracy(const Encoded& encoded, Weights weights) {
  if (encoded.predicted.empty()) return std::nullopt;
  double hits = 0;
  double rows = 0;
  for (const auto& counts : count_classes(encoded, weights)) {
    hits += counts.hits;
    rows += counts.truth;
  }
  return hits / rows;
}

std::optional<double> balanced_accuracy(const Encoded& encoded, Weights weights) {
  if (encoded.predicted.empty()) return std::nullopt;
  double sum = 0;
  const auto counts = count_classes(encoded, weights);
  for (const auto& one : counts) sum += share(one.hits, one.truth);
  return sum / static_cast<double>(true_classes(counts));
}

std::optional<double> binary_balanced_accuracy(const Encoded& encoded, Weights weights) {
  if (encoded.predicted.empty() || true_classes(count_classes(encoded, weights)) < 2)
    return std::nullopt;
  return balanced_accuracy(encoded, weights);
}

std::optional<double> precision(const Encoded& encoded, Weights weights) {
  const auto counts = count_positives(encoded, weights);
  if (!counts || (counts->truth == 0 && counts->predicted == 0)) return std::nullopt;
  return share(counts->hits, counts->predicted);
}

std::optional<double> recall(const Encoded& encoded, Weights weights) {
  const auto counts = count_positives(encoded, weights);
  if (!counts || counts->truth == 0) return std::nullopt;
  return counts->hits / counts->truth;
}

std::optional<double> f1(const Encoded& encoded, Weights weights) {
  const auto counts = count_positives(encoded, weights);
  if (!counts || (counts->truth == 0 && counts->predicted == 0)) return std::nullopt;
  return f1_of(*counts);
}

std::optional<double> matthews_corrcoef(const Encoded& encoded, Weights weights) {
  if (encoded.predicted.empty()) return std::nullopt;
  const auto counts = count_classes(encoded, weights);
  if (true_classes(counts) < 2) return std::nullopt;
  double hits = 0;
  double rows = 0;
  double both = 0;
  double truth = 0;
  double predicted = 0;
  for (const auto& one : counts) {
    hits += one.hits;
    rows += one.truth;
    both += one.truth * one.predicted;
    truth += one.truth * one.truth;
    predicted += one.predicted * one.predicted;
  }
  const double spread = (rows * rows - truth) * (rows * rows - predicted);
  return spread == 0 ? 0 : (hits * rows - both) / std::sqrt(spread);
}

std::optional<double> precision_macro(const Encoded& encoded, Weights weights) {
  return macro(encoded, weights,
               [](const auto& counts) { return share(counts.hits, counts.predicted); });
}

std::optional<double> recall_macro(const Encoded& encoded, Weights weights) {
  return macro(encoded, weights,
               [](const auto& counts) { return share(counts.hits, counts.truth); });
}

std::optional<double> f1_macro(const Encoded& encoded, Weights weights) {
  return macro(encoded, weights, f1_of);
}

std::optional<double> precision_weighted(const Encoded& encoded, Weights weights) {
  return weighted(encoded, weights,
                  [](const auto& counts) { return share(counts.hits, counts.predicted); });
}

std::optional<double> recall_weighted(const Encoded& encoded, Weights weights) {
  return weighted(encoded, weights,
                  [](const auto& counts) { return share(counts.hits, counts.truth); });
}

std::optional<double> f1_weighted(const Encoded& encoded, Weights weights) {
  return weighted(encoded, weights, f1_of);
}

}  // namespace mlo::data
