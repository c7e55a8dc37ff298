#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/data/quality.h"

// What tells more of predictions than one number: tables, intervals, the worst slices, rankings.

namespace mlo::data {

/// Rows of each true class (first index) by the class that was predicted, classes sorted.
struct ConfusionMatrix {
  std::vector<std::string> classes;
  std::vector<std::vector<std::int64_t>> counts;
};
/// Nothing for regression and without predicted classes. sklearn.metrics.confusion_matrix.
std::optional<ConfusionMatrix> confusion_matrix(const Predictions& predictions);

/// How often scores between `low` and `high` were right. sklearn.calibration.calibration_curve.
struct ReliabilityBin {
  double low = 0;
  double high = 0;
  std::int64_t rows = 0;
  double mean_score = 0;
  double positive_share = 0;
};
/// Ten equal bins of [0, 1], those without rows left out; a score on an edge belongs to the bin
/// below it. Nothing without scores that are probabilities.
std::vector<ReliabilityBin> reliability(const Predictions& predictions);

/// What the best-scored rows hold.
struct Gain {
  double rows = 0;      ///< share of all rows, best scores first
  double captured = 0;  ///< share of all positives that is among them
  double lift = 0;      ///< captured / rows
};
/// After each tenth of the rows; rows of one score are taken in order of row, so that a score that
/// ties much says little. Nothing without scores, or without positives.
std::vector<Gain> gains(const Predictions& predictions);

/// Mean pinball loss of estimates of a quantile: max(q·e, (q − 1)·e) with e = truth − estimate.
/// sklearn.metrics.mean_pinball_loss. Throws bad_input for other tasks and a quantile outside (0,
/// 1).
double mean_pinball_loss(const Predictions& predictions, double quantile);

struct Interval {
  std::string metric;
  double low = 0;
  double high = 0;
};
/// Percentile bootstrap over rows: each metric's quantiles (1 ∓ level) / 2 over draws with
/// replacement. Throws bad_input for a level outside (0, 1).
std::vector<Interval> confidence(const Predictions& predictions, double level,
                                 const Resampling& resampling);

/// A column to slice by: its values as text, row by row.
struct SliceColumn {
  std::string name;
  std::vector<std::optional<std::string>> values;
};
/// What an SQL expression says of each row: "age > 60" makes slices "true", "false" and "(null)".
/// It can read the row and nothing else. Throws bad_input when it cannot be understood.
std::vector<std::optional<std::string>> expression_texts(const Table& table,
                                                         const std::string& expression);

/// Which slices are searched for.
struct SliceSearch {
  std::string_view metric;
  std::int64_t min_rows = 30;
  std::size_t count = 10;  ///< at most
  std::stop_token stop = {};
};
/// The slices of at least `min_rows` rows on which a metric is worst, worst first: each value of a
/// column, and each pair of values of two columns ("region, plan" = "north, free"). Columns of more
/// than 50 values are left out. Throws bad_input for an unknown metric.
std::vector<SliceMetrics> worst_slices(const Predictions& predictions,
                                       std::span<const SliceColumn> columns,
                                       const SliceSearch& wanted);

/// Rankings per query: how far up the relevant rows are.
struct RankingRows {
  std::vector<double> relevance;  ///< not negative; above zero is relevant
  std::vector<double> scores;
  std::vector<std::string> queries;
};
/// Means over queries. ndcg, ndcg@k: gain / log2(place + 1) over that of the best order, ties share
/// their mean gain (sklearn.metrics.ndcg_score); queries without a relevant row are left out, as in
/// the others. mean_average_precision: of relevant rows, ties in order of row.
/// mean_reciprocal_rank: 1 / place of the first relevant row.
Metrics evaluate_ranking(const RankingRows& rows, std::size_t k);

}  // namespace mlo::data
