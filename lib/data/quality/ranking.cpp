#include "data/quality/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/statistics/sum.h"

namespace mlo::data {

namespace {

struct Totals {
  double positives = 0;
  double negatives = 0;
};

std::optional<Totals> totals_of(const Encoded& encoded, Weights weights) {
  if (encoded.scores.empty()) return std::nullopt;
  Totals totals;
  for (std::size_t row = 0; row < encoded.truth.size(); ++row)
    (encoded.is_positive[row] != 0 ? totals.positives : totals.negatives) += weights[row];
  if (totals.positives == 0 || totals.negatives == 0) return std::nullopt;
  return totals;
}

/// Calls `visit(positives, negatives)` for each group of rows with one score, highest first.
template <typename Visit>
void each_score(const Encoded& encoded, Weights weights, Visit&& visit) {
  for (std::size_t begin = 0; begin < encoded.by_score.size();) {
    const double score = encoded.scores[encoded.by_score[begin]];
    Totals group;
    auto end = begin;
    for (; end < encoded.by_score.size() && encoded.scores[encoded.by_score[end]] == score; ++end) {
      const auto row = encoded.by_score[end];
      (encoded.is_positive[row] != 0 ? group.positives : group.negatives) += weights[row];
    }
    if (group.positives > 0 || group.negatives > 0) visit(group.positives, group.negatives);
    begin = end;
  }
}

/// The weighted mean of `value(row)`.
template <typename Value>
std::optional<double> mean_of(const Encoded& encoded, Weights weights, Value&& value) {
  if (encoded.scores.empty() || !encoded.scores_are_shares) return std::nullopt;
  ExactSum sum;
  double rows = 0;
  for (std::size_t row = 0; row < encoded.truth.size(); ++row) {
    if (weights[row] == 0) continue;
    sum.add(value(row) * weights[row]);
    rows += weights[row];
  }
  return sum.value() / rows;
}

}  // namespace

std::optional<double> roc_auc(const Encoded& encoded, Weights weights) {
  const auto totals = totals_of(encoded, weights);
  if (!totals) return std::nullopt;
  double above = 0;
  double pairs = 0;  // doubled, so that halves stay whole numbers
  each_score(encoded, weights, [&](double positives, double negatives) {
    pairs += negatives * (2 * above + positives);
    above += positives;
  });
  return pairs / 2 / totals->positives / totals->negatives;
}

std::optional<double> average_precision(const Encoded& encoded, Weights weights) {
  const auto totals = totals_of(encoded, weights);
  if (!totals) return std::nullopt;
  double hits = 0;
  double selected = 0;
  ExactSum sum;
  each_score(encoded, weights, [&](double positives, double negatives) {
    hits += positives;
    selected += positives + negatives;
    sum.add(positives * (hits / selected));
  });
  return sum.value() / totals->positives;
}

std::optional<double> log_loss(const Encoded& encoded, Weights weights) {
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  return mean_of(encoded, weights, [&](std::size_t row) {
    const double score = encoded.scores[row];
    const double share = encoded.is_positive[row] != 0 ? score : 1 - score;
    return -std::log(std::clamp(share, kEpsilon, 1 - kEpsilon));
  });
}

std::optional<double> brier_score(const Encoded& encoded, Weights weights) {
  return mean_of(encoded, weights, [&](std::size_t row) {
    const double gap = (encoded.is_positive[row] != 0 ? 1.0 : 0.0) - encoded.scores[row];
    return gap * gap;
  });
}

}  // namespace mlo::data
