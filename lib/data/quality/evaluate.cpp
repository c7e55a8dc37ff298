#include <algorithm>
#include <array>
#include <map>

#include "data/quality/calibration.h"
#include "data/quality/classification.h"
#include "data/quality/encoded.h"
#include "data/quality/ranking.h"
#include "data/quality/regression.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr auto kBinary = Task::binary_classification;
constexpr auto kMulticlass = Task::multiclass_classification;
constexpr auto kRegression = Task::regression;

constexpr auto kMetrics = std::to_array<NamedMetric>({
    {"accuracy", kBinary, accuracy},
    {"balanced_accuracy", kBinary, binary_balanced_accuracy},
    {"precision", kBinary, precision},
    {"recall", kBinary, recall},
    {"f1", kBinary, f1},
    {"matthews_corrcoef", kBinary, matthews_corrcoef},
    {"roc_auc", kBinary, roc_auc},
    {"average_precision", kBinary, average_precision},
    {"log_loss", kBinary, log_loss, false},
    {"brier_score", kBinary, brier_score, false},
    {"expected_calibration_error", kBinary, expected_calibration_error, false},
    {"accuracy", kMulticlass, accuracy},
    {"balanced_accuracy", kMulticlass, balanced_accuracy},
    {"precision_macro", kMulticlass, precision_macro},
    {"recall_macro", kMulticlass, recall_macro},
    {"f1_macro", kMulticlass, f1_macro},
    {"precision_weighted", kMulticlass, precision_weighted},
    {"recall_weighted", kMulticlass, recall_weighted},
    {"f1_weighted", kMulticlass, f1_weighted},
    {"f1_micro", kMulticlass, accuracy},  // as precision and recall: one label a row
    {"matthews_corrcoef", kMulticlass, matthews_corrcoef},
    {"mean_absolute_error", kRegression, mean_absolute_error, false},
    {"mean_squared_error", kRegression, mean_squared_error, false},
    {"root_mean_squared_error", kRegression, root_mean_squared_error, false},
    {"median_absolute_error", kRegression, median_absolute_error, false},
    {"max_error", kRegression, max_error, false},
    {"mean_absolute_percentage_error", kRegression, mean_absolute_percentage_error, false},
    {"mean_error", kRegression, mean_error, false},
    {"r2", kRegression, r2},
});

constexpr std::array<std::pair<std::string_view, Task>, 3> kTasks = {{
    {"binary-classification", kBinary},
    {"multiclass-classification", kMulticlass},
    {"regression", kRegression},
}};

Metrics metrics_of(const Predictions& predictions) {
  const Encoded encoded(predictions);
  const std::vector<std::uint32_t> once(encoded.rows(), 1);
  Metrics metrics;
  for (const auto& metric : kMetrics) {
    if (metric.task != predictions.task) continue;
    if (const auto value = metric.compute(encoded, once)) metrics.emplace_back(metric.name, *value);
  }
  return metrics;
}

}  // namespace

Task parse_task(std::string_view text) {
  for (const auto& [name, task] : kTasks)
    if (name == text) return task;
  throw Error(ErrorKind::bad_input, "no task '{}'", text)
      .hint("tasks: binary-classification, multiclass-classification, regression");
}

std::string_view name_of(Task task) {
  for (const auto& [name, known] : kTasks)
    if (known == task) return name;
  return "";
}

Predictions Predictions::subset(std::span<const std::size_t> rows) const {
  const auto pick = [&](const auto& all) {
    std::decay_t<decltype(all)> some;
    if (all.empty()) return some;
    some.reserve(rows.size());
    for (const auto row : rows) some.push_back(all[row]);
    return some;
  };
  return {.task = task,
          .labels = pick(labels),
          .predicted = pick(predicted),
          .scores = pick(scores),
          .positive = positive,
          .truth = pick(truth),
          .estimates = pick(estimates)};
}

std::span<const NamedMetric> all_metrics() {
  return kMetrics;
}

std::vector<std::string> metric_names(Task task) {
  std::vector<std::string> names;
  for (const auto& metric : kMetrics)
    if (metric.task == task) names.emplace_back(metric.name);
  return names;
}

const NamedMetric& metric_named(Task task, std::string_view name) {
  for (const auto& metric : kMetrics)
    if (metric.task == task && metric.name == name) return metric;
  throw Error(ErrorKind::bad_input, "no metric '{}' for {}", name, name_of(task))
      .hint("metrics: {}", join(metric_names(task), ", "));
}

bool larger_is_better(std::string_view name) {
  for (const auto& metric : kMetrics)
    if (metric.name == name) return metric.larger_is_better;
  return true;
}

Metrics evaluate(const Predictions& predictions) {
  if (!classes_match(predictions)) {
    auto matched = predictions;
    match_classes(matched);
    return metrics_of(matched);
  }
  return metrics_of(predictions);
}

std::optional<double> find_metric(const Metrics& metrics, std::string_view name) {
  for (const auto& [known, value] : metrics)
    if (known == name) return value;
  return std::nullopt;
}

std::vector<SliceMetrics> evaluate_slices(const Predictions& predictions, std::string_view column,
                                          std::span<const std::optional<std::string>> values) {
  if (values.size() != predictions.rows())
    throw Error(ErrorKind::bad_input, "column '{}' has {} values for {} predictions", column,
                values.size(), predictions.rows());
  std::map<std::optional<std::string>, std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < values.size(); ++row) groups[values[row]].push_back(row);
  std::vector<SliceMetrics> slices;
  slices.reserve(groups.size());
  for (const auto& [value, rows] : groups) {
    slices.push_back({.column = std::string(column),
                      .value = value.value_or("(null)"),
                      .rows = static_cast<std::int64_t>(rows.size()),
                      .metrics = evaluate(predictions.subset(rows))});
  }
  return slices;
}

}  // namespace mlo::data
