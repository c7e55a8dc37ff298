#include "data/quality/encoded.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

std::vector<std::size_t> rows_of(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
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

Encoded::Encoded(const Predictions& predictions)
    : task(predictions.task),
      scores(predictions.scores),
      actual(predictions.truth),
      estimates(predictions.estimates) {
  if (predictions.rows() == 0) throw Error(ErrorKind::bad_input, "no rows to evaluate");
  if (task == Task::regression) {
    check_length(estimates.size(), actual.size(), "estimates");
    check_present(actual, "true value");
    check_present(estimates, "estimate");
    by_error = rows_of(actual.size());
    std::sort(by_error.begin(), by_error.end(), [&](std::size_t a, std::size_t b) {
      return std::fabs(actual[a] - estimates[a]) < std::fabs(actual[b] - estimates[b]);
    });
    return;
  }
  if (!predictions.predicted.empty())
    check_length(predictions.predicted.size(), predictions.labels.size(), "predictions");
  classes = predictions.labels;
  classes.insert(classes.end(), predictions.predicted.begin(), predictions.predicted.end());
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
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
  by_score = rows_of(scores.size());
  std::sort(by_score.begin(), by_score.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
}

}  // namespace mlo::data
