#include <algorithm>
#include <map>

#include "data/checks/classes.h"
#include "data/checks/features.h"
#include "data/checks/neighbours.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

constexpr std::size_t kNeighbours = 10;
constexpr std::size_t kMaxRows = 20'000;
constexpr std::size_t kLeastRows = 20;
constexpr double kUsualShare = 0.05;

using Shares = std::map<std::int32_t, double>;

/// Out-of-sample class probabilities: the shares among the ten nearest other rows.
std::vector<Shares> probabilities(const Features& features, const std::vector<std::int32_t>& given,
                                  const Table::State& state) {
  const auto near = nearest_neighbours(features, std::min(kNeighbours, features.size() - 1),
                                       state.threads, state.stop);
  std::vector<Shares> all(features.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto place : near[i])
      all[i][given[place]] += 1 / static_cast<double>(near[i].size());
  return all;
}

double share_of(const Shares& shares, std::int32_t one) {
  const auto found = shares.find(one);
  return found == shares.end() ? 0 : found->second;
}

/// Rows of which confident learning says that they belong to another class: one whose probability
/// reaches the mean that this class has among its own rows, and is above the given label's.
/// Source: Northcutt, Jiang & Chuang, Journal of Artificial Intelligence Research 70 (2021),
/// 1373–1411; cleanlab's find_label_issues(filter_by="confident_learning"). The probabilities are
/// those of scikit-learn's KNeighborsClassifier(10) under LeaveOneOut.
std::vector<ScoredRow> confused(const Features& features, const std::vector<std::int32_t>& given,
                                std::size_t classes, const Table::State& state) {
  const auto shares = probabilities(features, given, state);
  std::vector<double> sums(classes);
  std::vector<double> counts(classes);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sums[static_cast<std::size_t>(given[i])] += share_of(shares[i], given[i]);
    ++counts[static_cast<std::size_t>(given[i])];
  }
  // Tenths do not add up exactly: what is equal on paper must not fail by a bit.
  constexpr double kTie = 1e-9;
  std::vector<ScoredRow> failing;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double own = share_of(shares[i], given[i]);
    const bool is_confused = std::ranges::any_of(shares[i], [&](const auto& one) {
      const auto at = static_cast<std::size_t>(one.first);
      return one.first != given[i] && one.second > own + kTie &&
             one.second >= sums[at] / counts[at] - kTie;
    });
    if (is_confused) failing.push_back({.row = features.rows[i], .score = 1 - own});
  }
  return failing;
}

/// Rows whose label their neighbours contradict. The score is the share of neighbours with another
/// label. Up to 20,000 labelled rows are looked at, and judged by each other.
std::vector<CheckResult> label_noise(const CheckInput& input) {
  const auto classes = read_classes(input);
  const auto features = read_features(input, classes.labelled(), kMaxRows);
  if (features.size() < kLeastRows || features.width == 0)
    return {judge_scores(input, "label noise", {}, features.size(), kUsualShare)};
  std::vector<std::int32_t> given;
  given.reserve(features.size());
  for (const auto row : features.rows)
    given.push_back(classes.of_row[static_cast<std::size_t>(row)]);
  return {judge_scores(input, "label noise",
                       confused(features, given, classes.sizes.size(), input.table.state()),
                       features.size(), kUsualShare)};
}

const bool kRegistered = table_checks().add(
    "label_noise", {.severity = "warn", .needs_label = true, .run = label_noise});

}  // namespace

}  // namespace mlo::data
