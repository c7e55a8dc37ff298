#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/table.h"

namespace mlo::data {

enum class Task { binary_classification, multiclass_classification, regression };
/// Reads "binary-classification", … Throws bad_input.
Task parse_task(std::string_view text);
std::string_view name_of(Task task);

/// Predictions beside the truth, row by row; all filled spans have the same length.
struct Predictions {
  Task task = Task::binary_classification;
  std::vector<std::string> labels;     ///< classification: true class
  std::vector<std::string> predicted;  ///< classification: predicted class
  std::vector<double> scores;          ///< binary: probability of `positive`; may be empty
  std::string positive = "1";          ///< binary: the positive class
  std::vector<double> truth;           ///< regression
  std::vector<double> estimates;       ///< regression

  [[nodiscard]] std::size_t rows() const {
    return task == Task::regression ? truth.size() : labels.size();
  }
  /// Only these rows.
  [[nodiscard]] Predictions subset(std::span<const std::size_t> rows) const;
};

/// Writes the positive class and those predicted as the truth writes its own: true, True, TRUE, 1
/// and 1.0 are one class, as for scikit-learn. Other classes stay as they are.
void match_classes(Predictions& predictions);
/// Whether that would change nothing, by a look at the first row.
bool classes_match(const Predictions& predictions);
/// Throws bad_input when truth and prediction, of two classes at least, have none in common, or
/// when neither class of the truth is the positive one: what is counted then says nothing.
void check_classes(const Predictions& predictions);

using Metrics = std::vector<std::pair<std::string, double>>;  ///< scikit-learn's scorer names

/// Binary: accuracy balanced_accuracy precision recall f1 matthews_corrcoef, and with scores
/// roc_auc average_precision log_loss brier_score expected_calibration_error. Multiclass: accuracy
/// balanced_accuracy, {precision, recall, f1}_{macro, weighted}, f1_micro matthews_corrcoef.
/// Regression: mean_absolute_error root_mean_squared_error r2 …. What is undefined on these rows
/// (one class only) is left out. Equal to scikit-learn to 1e-12.
Metrics evaluate(const Predictions& predictions);
std::optional<double> find_metric(const Metrics& metrics, std::string_view name);
/// True when larger is better (roc_auc), false when smaller is (log_loss).
bool larger_is_better(std::string_view name);
std::vector<std::string> metric_names(Task task);

struct SliceMetrics {
  std::string column;
  std::string value;
  std::int64_t rows = 0;
  Metrics metrics;
};
/// One result a value of the column, in order of value; null is "(null)".
std::vector<SliceMetrics> evaluate_slices(const Predictions& predictions, std::string_view column,
                                          std::span<const std::optional<std::string>> values);

/// Group fairness of a binary classifier (fairlearn's definitions), each as _difference and _ratio
/// between the groups that are furthest apart: demographic_parity (selection rates; its ratio is
/// the disparate impact), equalized_odds (true and false positive rates), equal_opportunity (true
/// positive rates), predictive_parity (precision). A ratio of 0 / 0 is left out.
Metrics fairness(const Predictions& predictions,
                 std::span<const std::optional<std::string>> groups);

/// How a bootstrap draws: the same figures for one seed on any machine and number of threads.
struct Resampling {
  int resamples = 1000;
  std::uint64_t seed = 7;
  int threads = 0;  ///< 0: all cores
  std::stop_token stop = {};
  Progress* progress = nullptr;  ///< nobody listens
};

/// Paired bootstrap of metric(challenger) − metric(champion) over the same rows.
struct Comparison {
  std::string metric;
  double champion = 0;
  double challenger = 0;
  double low = 0;   ///< 2.5 % quantile of the difference
  double high = 0;  ///< 97.5 %
};
Comparison compare(const Predictions& champion, const Predictions& challenger,
                   std::string_view name, const Resampling& resampling);

/// Which columns of a table hold labels and predictions.
struct PredictionColumns {
  std::string label;
  std::optional<std::string> score = {};       ///< probability of the positive class
  std::optional<std::string> prediction = {};  ///< class, or number for regression
  std::optional<std::string> positive = {};
  std::optional<Task> task = {};
};
/// Reads predictions beside their labels. Without a task: a score means binary classification,
/// fractions or more than 20 different whole numbers in label or prediction mean regression, up to
/// two classes binary classification, more multiclass. The positive class is the one that sorts
/// last ("1", "true"), as in scikit-learn. Scores within [0, 1] predict it above 0.5 when there is
/// no prediction. Throws bad_input for a row without label or prediction, and where `check_classes`
/// does.
Predictions read_predictions(const Table& table, const PredictionColumns& columns);

}  // namespace mlo::data
