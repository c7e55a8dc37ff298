#include "data/quality/encoded.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <utility>

#include "mlo/core/error.h"

namespace mlo::data {

namespace {

void check_length(std::size_t found, std::size_t rows, std::string_view what) {
  if (found != rows) throw Error(ErrorKind::bad_input, "{} {} for {} rows", found, what, rows);
}

void check_present(std::span<const double> values, std::string_view what) {
  const auto missing =
      std::find_if(values.begin(), values.end(), [](double value) { return std::isnan(value); });
  if (missing != values.end())
    throw Error(ErrorKind::bad_input, "row {} has no {}", missing - values.begin() + 1, what);
}

/// Rows by ascending key, those of one key in their order. Keys lie beside their rows: a million
/// rows are sorted in half the time that jumping to each key takes.
std::vector<std::size_t> rows_by(std::size_t count, const auto& key) {
  std::vector<std::pair<double, std::size_t>> keyed;
  keyed.reserve(count);
  for (std::size_t row = 0; row < count; ++row) keyed.emplace_back(key(row), row);
  std::ranges::sort(keyed);
  std::vector<std::size_t> rows;
  rows.reserve(count);
  for (const auto& [value, row] : keyed) rows.push_back(row);
  return rows;
}

/// What differs among `labels`; neighbours are often equal.
void add_classes(std::set<std::string_view>& classes, const std::vector<std::string>& labels) {
  std::string_view last;
  bool any = false;
  for (const auto& label : labels) {
    if (any && label == last) continue;
    last = *classes.emplace(label).first;
    any = true;
  }
}

std::vector<std::size_t> codes_of(const std::vector<std::string>& labels,
                                  const std::vector<std::string>& classes) {
  std::vector<std::size_t> codes;
  codes.reserve(labels.size());
  for (const auto& label : labels) {
    const auto found = std::lower_bound(classes.begin(), classes.end(), label);
    codes.push_back(static_cast<std::size_t>(found - classes.begin()));
  }
  return codes;
}

}  // namespace

Encoded::Encoded(const Predictions& predictions, Order order)
    : task(predictions.task),
      scores(predictions.scores),
      actual(predictions.truth),
      estimates(predictions.estimates) {
  if (predictions.rows() == 0) throw Error(ErrorKind::bad_input, "no rows to evaluate");
  if (task == Task::regression) {
    check_length(estimates.size(), actual.size(), "estimates");
    check_present(actual, "true value");
    check_present(estimates, "estimate");
    if (order == Order::sorted)
      by_error = rows_by(actual.size(),
                         [&](std::size_t row) { return std::fabs(actual[row] - estimates[row]); });
    return;
  }
  if (!predictions.predicted.empty())
    check_length(predictions.predicted.size(), predictions.labels.size(), "predictions");
  std::set<std::string_view> different;
  add_classes(different, predictions.labels);
  add_classes(different, predictions.predicted);
  classes.assign(different.begin(), different.end());
  truth = codes_of(predictions.labels, classes);
  predicted = codes_of(predictions.predicted, classes);
  if (task != Task::binary_classification) return;
  const auto found = std::find(classes.begin(), classes.end(), predictions.positive);
  positive = static_cast<std::size_t>(found - classes.begin());
  for (const auto code : truth) is_positive.push_back(code == positive ? 1 : 0);
  if (scores.empty()) return;
  check_length(scores.size(), truth.size(), "scores");
  check_present(scores, "score");
  scores_are_shares = std::all_of(scores.begin(), scores.end(),
                                  [](double score) { return score >= 0 && score <= 1; });
  if (order == Order::sorted)
    by_score = rows_by(scores.size(), [&](std::size_t row) { return -scores[row]; });
}

}  // namespace mlo::data
