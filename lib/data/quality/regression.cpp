#include "data/quality/regression.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/statistics/sum.h"
#include "mlo/core/error.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

namespace {

double error_of(const Encoded& encoded, std::size_t row) {
  return encoded.actual[row] - encoded.estimates[row];
}

double total(Weights weights) {
  double rows = 0;
  for (const auto weight : weights) rows += weight;
  return rows;
}

template <typename Value>
double sum_of(const Encoded& encoded, Weights weights, Value&& value) {
  ExactSum sum;
  for (std::size_t row = 0; row < encoded.actual.size(); ++row)
    if (weights[row] != 0) sum.add(value(row) * weights[row]);
  return sum.value();
}

}  // namespace

std::optional<double> mean_absolute_error(const Encoded& encoded, Weights weights) {
  return sum_of(encoded, weights,
                [&](std::size_t row) { return std::fabs(error_of(encoded, row)); }) /
         total(weights);
}

std::optional<double> mean_squared_error(const Encoded& encoded, Weights weights) {
  return sum_of(encoded, weights,
                [&](std::size_t row) {
                  const double error = error_of(encoded, row);
                  return error * error;
                }) /
         total(weights);
}

std::optional<double> root_mean_squared_error(const Encoded& encoded, Weights weights) {
  return std::sqrt(*mean_squared_error(encoded, weights));
}

std::optional<double> median_absolute_error(const Encoded& encoded, Weights weights) {
  // The mean of the values at places (n − 1) / 2 and n / 2 of the sorted multiset.
  const auto rows = static_cast<std::uint64_t>(total(weights));
  const auto at = [&](std::uint64_t place) {
    std::uint64_t seen = 0;
    for (const auto row : encoded.by_error) {
      seen += weights[row];
      if (seen > place) return std::fabs(error_of(encoded, row));
    }
    return 0.0;
  };
  return (at((rows - 1) / 2) + at(rows / 2)) / 2;
}

std::optional<double> max_error(const Encoded& encoded, Weights weights) {
  double largest = 0;
  for (std::size_t row = 0; row < encoded.actual.size(); ++row)
    if (weights[row] != 0) largest = std::max(largest, std::fabs(error_of(encoded, row)));
  return largest;
}

std::optional<double> mean_absolute_percentage_error(const Encoded& encoded, Weights weights) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  return sum_of(encoded, weights,
                [&](std::size_t row) {
                  return std::fabs(error_of(encoded, row)) /
                         std::max(std::fabs(encoded.actual[row]), kEpsilon);
                }) /
         total(weights);
}

std::optional<double> mean_error(const Encoded& encoded, Weights weights) {
  return sum_of(encoded, weights, [&](std::size_t row) { return error_of(encoded, row); }) /
         total(weights);
}

std::optional<double> r2(const Encoded& encoded, Weights weights) {
  const double rows = total(weights);
  const double center =
      sum_of(encoded, weights, [&](std::size_t row) { return encoded.actual[row]; }) / rows;
  const double spread = sum_of(encoded, weights, [&](std::size_t row) {
    const double gap = encoded.actual[row] - center;
    return gap * gap;
  });
  if (spread == 0) return std::nullopt;
  return 1 - *mean_squared_error(encoded, weights) * rows / spread;
}

double mean_pinball_loss(const Predictions& predictions, double quantile) {
  if (predictions.task != Task::regression)
    throw Error(ErrorKind::bad_input, "a quantile is estimated by regression only");
  if (!(quantile > 0 && quantile < 1))
    throw Error(ErrorKind::bad_input, "a quantile of {} does not lie between 0 and 1", quantile);
  const Encoded encoded(predictions, Encoded::Order::as_is);
  ExactSum sum;
  for (std::size_t row = 0; row < encoded.actual.size(); ++row) {
    const double error = error_of(encoded, row);
    sum.add(std::max(quantile * error, (quantile - 1) * error));
  }
  return sum.value() / static_cast<double>(encoded.actual.size());
}

}  // namespace mlo::data
