#include "data/quality/calibration.h"

#include <algorithm>
#include <cmath>

#include "data/statistics/sum.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

namespace {

/// The bin of (low, high] that holds `score`; 0 belongs to the first.
std::size_t bin_of(double score, std::size_t bins) {
  const double place = std::ceil(score * static_cast<double>(bins)) - 1;
  return static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)));
}

struct Bin {
  double rows = 0;
  double positives = 0;
  ExactSum scores;
};

std::vector<Bin> fill(const Encoded& encoded, Weights weights, std::size_t bins) {
  std::vector<Bin> filled(bins);
  for (std::size_t row = 0; row < encoded.scores.size(); ++row) {
    if (weights[row] == 0) continue;
    auto& bin = filled[bin_of(encoded.scores[row], bins)];
    bin.rows += weights[row];
    if (encoded.is_positive[row] != 0) bin.positives += weights[row];
    bin.scores.add(encoded.scores[row] * weights[row]);
  }
  return filled;
}

}  // namespace

std::optional<double> expected_calibration_error(const Encoded& encoded, Weights weights) {
  constexpr std::size_t kBins = 10;
  if (encoded.scores.empty() || !encoded.scores_are_shares) return std::nullopt;
  double rows = 0;
  ExactSum gaps;
  for (auto& bin : fill(encoded, weights, kBins)) {
    rows += bin.rows;
    gaps.add(std::fabs(bin.scores.value() - bin.positives));
  }
  return rows == 0 ? std::nullopt : std::optional(gaps.value() / rows);
}

std::vector<ReliabilityBin> reliability(const Predictions& predictions) {
  constexpr std::size_t kBins = 10;
  std::vector<ReliabilityBin> curve;
  if (predictions.task != Task::binary_classification || predictions.scores.empty()) return curve;
  const Encoded encoded(predictions, Encoded::Order::as_is);
  if (!encoded.scores_are_shares) return curve;
  const std::vector<std::uint32_t> once(encoded.rows(), 1);
  auto filled = fill(encoded, once, kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    auto& bin = filled[i];
    if (bin.rows == 0) continue;
    curve.push_back({.low = static_cast<double>(i) / kBins,
                     .high = static_cast<double>(i + 1) / kBins,
                     .rows = static_cast<std::int64_t>(bin.rows),
                     .mean_score = bin.scores.value() / bin.rows,
                     .positive_share = bin.positives / bin.rows});
  }
  return curve;
}

}  // namespace mlo::data
