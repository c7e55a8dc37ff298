#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <fmt/core.h>

#include "data/checks/classes.h"
#include "data/checks/features.h"
#include "data/checks/near_groups.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMaxRows = 1'000'000;
constexpr std::size_t kLeastCluster = 5;
constexpr double kNear = 0.05;  ///< of a column's scale, on average over the columns
constexpr double kLeastPurity = 0.9;
constexpr double kLogChance = -6 * std::numbers::ln10;  ///< above, one label is no wonder
constexpr double kUsualShare = 0.005;

using Members = std::vector<std::uint32_t>;

std::map<std::uint32_t, Members> clusters_of(const Features& features, const Table::State& state) {
  const double radius = kNear * std::sqrt(static_cast<double>(features.columns));
  const auto firsts = near_groups(features, radius, state.threads, state.stop);
  std::vector<std::uint32_t> sizes(firsts.size());
  for (const auto first : firsts) ++sizes[first];
  std::map<std::uint32_t, Members> clusters;
  for (std::uint32_t i = 0; i < firsts.size(); ++i)
    if (sizes[firsts[i]] >= kLeastCluster) clusters[firsts[i]].push_back(i);
  return clusters;
}

/// What has most of a cluster's rows.
struct Majority {
  std::int32_t label = 0;
  double count = 0;
};

Majority majority_of(const Members& members, const Features& features, const Classes& classes) {
  std::map<std::int32_t, double> counts;
  for (const auto point : members)
    ++counts[classes.of_row[static_cast<std::size_t>(features.rows[point])]];
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& one) { return one.second; });
  return {.label = most->first, .count = most->second};
}

/// An upper bound of the probability that `count` or more of `size` rows have a label whose share
/// in the table is `share`, as its logarithm; 0 where so many are expected.
/// Source: Chernoff, Annals of Mathematical Statistics 23 (1952), in Hoeffding's form of 1963.
double log_chance(double count, double size, double share) {
  const double seen = count / size;
  if (seen <= share) return 0;
  const double others = seen < 1 ? (1 - seen) * std::log((1 - seen) / (1 - share)) : 0;
  return -size * (seen * std::log(seen / share) + others);
}

/// Clusters of at least five near-duplicate rows (a root mean square difference of 0.05 scales) of
/// which nine in ten have one label, where as many rows drawn from the whole table would have it
/// with a probability below 10⁻⁶: what a back door or a copied example leaves behind. The original
/// may be among them under its own label. The figure is the share of rows that have their cluster's
/// label; a row's score is the number of rows in its cluster.
std::vector<CheckResult> label_clusters(const CheckInput& input) {
  const auto classes = read_classes(input);
  const auto labelled = classes.labelled();
  const auto total = static_cast<double>(labelled.size());
  const auto features = read_features(input, labelled, kMaxRows);
  std::vector<ScoredRow> failing;
  std::int64_t suspicious = 0;
  std::size_t largest = 0;
  if (features.width > 0) {
    for (const auto& [first, members] : clusters_of(features, input.table.state())) {
      const auto most = majority_of(members, features, classes);
      const auto size = static_cast<double>(members.size());
      const double share =
          static_cast<double>(classes.sizes[static_cast<std::size_t>(most.label)]) / total;
      if (most.count < kLeastPurity * size || log_chance(most.count, size, share) > kLogChance)
        continue;
      ++suspicious;
      largest = std::max(largest, members.size());
      for (const auto point : members) {
        const auto row = features.rows[point];
        if (classes.of_row[static_cast<std::size_t>(row)] == most.label)
          failing.push_back({.row = row, .score = size});
      }
    }
  }
  auto result = judge_scores(input, "clusters of one label", std::move(failing), features.size(),
                             kUsualShare);
  if (suspicious > 0)
    result.message =
        fmt::format("{}, the largest of {}; {}", format_count(suspicious, "cluster"),
                    format_count(static_cast<std::int64_t>(largest), "row"), result.message);
  return {result};
}

const bool kRegistered = table_checks().add(
    "label_clusters", {.severity = "warn", .needs_label = true, .run = label_clusters});

}  // namespace

}  // namespace mlo::data
