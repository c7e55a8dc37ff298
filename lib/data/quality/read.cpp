#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "data/statistics/quantile.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/data/quality.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMaxNumericClasses = 20;
constexpr double kDecisionThreshold = 0.5;  // of predict() for probabilities

ColumnType type_of(const Table& table, const std::string& name) {
  if (const auto* column = table.find(name)) return column->type;
  (void)table.texts(name);  // throws not_found with a hint
  return ColumnType::other;
}

/// Numbers that are measured rather than counted off a short list of classes.
bool looks_continuous(const Table& table, const std::string& name) {
  const auto type = type_of(table, name);
  if (type != ColumnType::integer && type != ColumnType::number) return false;
  const auto sorted = sorted_values(table.numbers(name));
  const bool has_fractions = std::any_of(sorted.begin(), sorted.end(),
                                         [](double value) { return value != std::floor(value); });
  return has_fractions || distinct_count(sorted) > kMaxNumericClasses;
}

std::vector<std::string> all_texts(const Table& table, const std::string& name) {
  std::vector<std::string> all;
  for (auto& value : table.texts(name)) {
    if (!value)
      throw Error(ErrorKind::bad_input, "row {}: column '{}' is empty", all.size() + 1, name)
          .hint("leave out rows without a label or prediction");
    all.push_back(*std::move(value));
  }
  return all;
}

std::vector<double> all_numbers(const Table& table, const std::string& name) {
  auto all = table.numbers(name);
  const auto missing =
      std::find_if(all.begin(), all.end(), [](double value) { return std::isnan(value); });
  if (missing != all.end())
    throw Error(ErrorKind::bad_input, "row {}: column '{}' is empty", missing - all.begin() + 1,
                name)
        .hint("leave out rows without a label or prediction");
  return all;
}

bool is_number(const std::string& text, double& value) {
  try {
    std::size_t used = 0;
    value = std::stod(text, &used);
    return used == text.size();
  } catch (const std::exception&) {
    return false;
  }
}

/// By number where both are numbers: "-1" before "1", "2" before "10".
bool sorts_before(const std::string& left, const std::string& right) {
  double a = 0;
  double b = 0;
  if (is_number(left, a) && is_number(right, b)) return a < b;
  return left < right;
}

std::set<std::string> classes_of(const Predictions& predictions) {
  std::set<std::string> classes(predictions.labels.begin(), predictions.labels.end());
  classes.insert(predictions.predicted.begin(), predictions.predicted.end());
  return classes;
}

void check_binary(Predictions& predictions, bool has_positive) {
  const auto classes = classes_of(predictions);
  if (classes.size() > 2)
    throw Error(ErrorKind::bad_input, "{} classes where binary classification has two: {}",
                classes.size(),
                join(std::vector<std::string>(classes.begin(), classes.end()), ", "))
        .hint("give --prediction instead of --score, or --task multiclass-classification");
  if (has_positive) {
    check_classes(predictions);
  } else if (classes.size() == 2) {
    predictions.positive = *std::max_element(classes.begin(), classes.end(), sorts_before);
  } else if (classes.contains("true") || classes.contains("false")) {
    predictions.positive = "true";
  }
}

/// The other class, for rows that are not predicted positive.
std::string negative_class(const Predictions& predictions) {
  for (const auto& label : predictions.labels)
    if (label != predictions.positive) return label;
  return predictions.positive == "true" ? "false" : "0";
}

void predict_from_scores(Predictions& predictions) {
  const bool are_shares = std::all_of(predictions.scores.begin(), predictions.scores.end(),
                                      [](double score) { return score >= 0 && score <= 1; });
  if (!are_shares) return;
  const auto negative = negative_class(predictions);
  for (const double score : predictions.scores)
    predictions.predicted.push_back(score > kDecisionThreshold ? predictions.positive : negative);
}

Task guess_task(const Table& table, const PredictionColumns& columns) {
  if (columns.score) return Task::binary_classification;
  if (looks_continuous(table, columns.label) || looks_continuous(table, *columns.prediction))
    return Task::regression;
  return Task::multiclass_classification;
}

}  // namespace

Predictions read_predictions(const Table& table, const PredictionColumns& columns) {
  if (!columns.score && !columns.prediction)
    throw Error(ErrorKind::usage, "neither a score nor a prediction is named")
        .hint("add --score COLUMN or --prediction COLUMN");
  if (table.rows() == 0) throw Error(ErrorKind::bad_input, "the table has no rows to evaluate");
  Predictions predictions{.task = columns.task.value_or(guess_task(table, columns))};
  if (predictions.task == Task::regression) {
    predictions.truth = all_numbers(table, columns.label);
    predictions.estimates =
        all_numbers(table, columns.prediction ? *columns.prediction : *columns.score);
    return predictions;
  }
  predictions.labels = all_texts(table, columns.label);
  if (columns.prediction) predictions.predicted = all_texts(table, *columns.prediction);
  if (columns.positive) predictions.positive = *columns.positive;
  match_classes(predictions);
  if (!columns.task && !columns.score && classes_of(predictions).size() <= 2)
    predictions.task = Task::binary_classification;
  if (predictions.task == Task::multiclass_classification) {
    check_classes(predictions);
    return predictions;
  }
  check_binary(predictions, columns.positive.has_value());
  if (columns.score) predictions.scores = all_numbers(table, *columns.score);
  if (predictions.predicted.empty()) predict_from_scores(predictions);
  return predictions;
}

}  // namespace mlo::data
