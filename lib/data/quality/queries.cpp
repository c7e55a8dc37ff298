#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/core.h>

#include "data/statistics/sum.h"
#include "mlo/core/error.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

namespace {

using Rows = std::vector<std::size_t>;

double discount(std::size_t place) {
  return 1 / std::log2(static_cast<double>(place) + 2);  // places from 0
}

/// Discounted cumulative gain Σ relevance / log₂(place + 1) of the first `k` rows in the order of
/// `score`, rows of one score sharing their mean gain: sklearn.metrics.dcg_score.
/// Source: Järvelin & Kekäläinen, ACM Trans. Inf. Syst. 20 (2002), 422–446; ties as in McSherry &
/// Najork, ECIR (2008), 414–421.
template <typename Score>
double gain_at(const RankingRows& all, Rows rows, std::size_t k, Score&& score) {
  std::ranges::stable_sort(rows, std::greater<>(), score);
  ExactSum sum;
  for (std::size_t begin = 0; begin < rows.size();) {
    auto end = begin;
    double gain = 0;
    double discounts = 0;
    for (; end < rows.size() && score(rows[end]) == score(rows[begin]); ++end) {
      gain += all.relevance[rows[end]];
      if (end < k) discounts += discount(end);
    }
    sum.add(gain / static_cast<double>(end - begin) * discounts);
    begin = end;
  }
  return sum.value();
}

/// That over the best that any order gains, in [0, 1]. Some row has a relevance above zero.
double ndcg(const RankingRows& all, const Rows& rows, std::size_t k) {
  const auto by_score = [&](std::size_t row) { return all.scores[row]; };
  const auto by_relevance = [&](std::size_t row) { return all.relevance[row]; };
  return gain_at(all, rows, k, by_score) / gain_at(all, rows, k, by_relevance);
}

struct Means {
  ExactSum ndcg;
  ExactSum ndcg_at_k;
  ExactSum average_precision;
  ExactSum reciprocal_rank;
};

void add_query(const RankingRows& all, Rows rows, std::size_t k, Means& means) {
  means.ndcg.add(ndcg(all, rows, rows.size()));
  means.ndcg_at_k.add(ndcg(all, rows, k));
  std::ranges::stable_sort(rows, std::greater<>(), [&](auto row) { return all.scores[row]; });
  double relevant = 0;
  double precisions = 0;
  for (std::size_t place = 0; place < rows.size(); ++place) {
    if (all.relevance[rows[place]] <= 0) continue;
    if (relevant == 0) means.reciprocal_rank.add(1 / (static_cast<double>(place) + 1));
    precisions += ++relevant / (static_cast<double>(place) + 1);
  }
  means.average_precision.add(precisions / relevant);
}

}  // namespace

Metrics evaluate_ranking(const RankingRows& rows, std::size_t k) {
  if (rows.relevance.empty()) throw Error(ErrorKind::bad_input, "no rows to evaluate");
  std::map<std::string, Rows> queries;
  for (std::size_t row = 0; row < rows.relevance.size(); ++row) {
    if (!(rows.relevance[row] >= 0) || !std::isfinite(rows.scores[row]))
      throw Error(ErrorKind::bad_input, "row {} has no relevance of zero or more, or no score",
                  row + 1);
    queries[rows.queries[row]].push_back(row);
  }
  Means means;
  double judged = 0;
  for (auto& [name, members] : queries) {
    const bool has_relevant =
        std::ranges::any_of(members, [&](std::size_t row) { return rows.relevance[row] > 0; });
    if (!has_relevant) continue;
    add_query(rows, std::move(members), k, means);
    ++judged;
  }
  if (judged == 0) throw Error(ErrorKind::bad_input, "no query has a relevant row");
  return {{"ndcg", means.ndcg.value() / judged},
          {fmt::format("ndcg@{}", k), means.ndcg_at_k.value() / judged},
          {"mean_average_precision", means.average_precision.value() / judged},
          {"mean_reciprocal_rank", means.reciprocal_rank.value() / judged}};
}

}  // namespace mlo::data
