#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mlo/data/quality.h"

namespace mlo::data {

/// Predictions with classes as numbers and rows sorted by score once, so that a metric over any
/// multiset of rows is a single pass: what resampling needs.
struct Encoded {
  enum class Order { sorted, as_is };  ///< whether `by_score` and `by_error` are wanted
  explicit Encoded(const Predictions& predictions, Order order = Order::sorted);

  Task task;
  std::vector<std::string> classes;    ///< of truth and prediction, sorted
  std::vector<std::size_t> truth;      ///< index into `classes`
  std::vector<std::size_t> predicted;  ///< empty when there are only scores
  std::vector<char> is_positive;       ///< binary: the truth is the positive class
  std::size_t positive = 0;            ///< its index; classes.size() when no row has it
  std::span<const double> scores;      ///< borrowed
  std::vector<std::size_t> by_score;   ///< rows, highest score first
  bool scores_are_shares = false;      ///< all in [0, 1]
  std::span<const double> actual;      ///< borrowed: regression truth
  std::span<const double> estimates;   ///< borrowed
  std::vector<std::size_t> by_error;   ///< rows, smallest absolute error first

  [[nodiscard]] std::size_t rows() const {
    return task == Task::regression ? actual.size() : truth.size();
  }
};

/// How often each row counts.
using Weights = std::span<const std::uint32_t>;

/// A metric over the weighted rows; nothing where it is undefined.
using Metric = std::optional<double> (*)(const Encoded&, Weights);

struct NamedMetric {
  std::string_view name;
  Task task;
  Metric compute;
  bool larger_is_better = true;
};
/// All metrics, in the order in which they are reported.
std::span<const NamedMetric> all_metrics();
/// The metric of that task. Throws bad_input naming the nearest one.
const NamedMetric& metric_named(Task task, std::string_view name);

}  // namespace mlo::data
