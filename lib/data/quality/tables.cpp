#include <algorithm>

#include "data/quality/encoded.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

std::optional<ConfusionMatrix> confusion_matrix(const Predictions& predictions) {
  if (predictions.task == Task::regression || predictions.predicted.empty()) return std::nullopt;
  const Encoded encoded(predictions, Encoded::Order::as_is);
  const auto size = encoded.classes.size();
  ConfusionMatrix matrix{.classes = encoded.classes,
                         .counts = std::vector(size, std::vector<std::int64_t>(size))};
  for (std::size_t row = 0; row < encoded.truth.size(); ++row)
    ++matrix.counts[encoded.truth[row]][encoded.predicted[row]];
  return matrix;
}

std::vector<Gain> gains(const Predictions& predictions) {
  constexpr std::size_t kSteps = 10;
  std::vector<Gain> curve;
  if (predictions.task != Task::binary_classification || predictions.scores.empty()) return curve;
  const Encoded encoded(predictions);
  const auto rows = encoded.rows();
  const auto positives = std::ranges::count(encoded.is_positive, 1);
  if (positives == 0) return curve;
  std::size_t at = 0;
  std::int64_t captured = 0;
  for (std::size_t step = 1; step <= kSteps; ++step) {
    for (const auto end = rows * step / kSteps; at < end; ++at)
      captured += encoded.is_positive[encoded.by_score[at]];
    if (at == 0) continue;  // fewer than ten rows
    const double share = static_cast<double>(at) / static_cast<double>(rows);
    const double part = static_cast<double>(captured) / static_cast<double>(positives);
    curve.push_back({.rows = share, .captured = part, .lift = part / share});
  }
  return curve;
}

}  // namespace mlo::data
