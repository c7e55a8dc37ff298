#include "data/drift/boosted_trees.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace mlo::data {
namespace {

constexpr int kRounds = 40;
constexpr int kDepth = 3;
constexpr double kRate = 0.3;
constexpr double kRegularization = 1;  ///< of leaf values, as XGBoost's lambda
constexpr double kLeastHessian = 5;    ///< twenty rows at even odds

double objective(double gradient, double hessian) {
  return gradient * gradient / (hessian + kRegularization);
}

}  // namespace

BoostedTrees::BoostedTrees(const std::vector<std::vector<std::uint8_t>>& features,
                           std::span<const Row> rows, const std::vector<std::uint32_t>& training)
    : features_(features), gains_(features.size()), present_(rows.size()) {
  boost(rows, training);
}

void BoostedTrees::boost(std::span<const Row> rows, const std::vector<std::uint32_t>& training) {
  std::vector<double> scores(rows.size());
  for (int round = 0; round < kRounds; ++round) {
    for (const auto row : training) {
      const double share = 1 / (1 + std::exp(-scores[row]));
      present_[row] = {.gradient = (share - rows[row].label) * rows[row].weight,
                       .hessian = share * (1 - share) * rows[row].weight};
    }
    auto order = training;
    const auto root = grow(order, kDepth);
    roots_.push_back(root);
    for (const auto row : training) scores[row] += value_in(root, row);
  }
}

std::size_t BoostedTrees::grow(std::span<std::uint32_t> rows, int depth) {
  Sums total;
  for (const auto row : rows) {
    total.gradient += present_[row].gradient;
    total.hessian += present_[row].hessian;
  }
  const auto place = nodes_.size();
  nodes_.push_back({.value = -kRate * total.gradient / (total.hessian + kRegularization)});
  const auto split = depth == 0 ? Split{} : best_split(rows, total);
  if (split.feature < 0) return place;
  const auto feature = static_cast<std::size_t>(split.feature);
  gains_[feature] += split.gain;
  // Stable: sums are made in one order, whatever was split before.
  const auto right = std::stable_partition(
      rows.begin(), rows.end(), [&](auto row) { return features_[feature][row] <= split.bin; });
  const auto left_size = static_cast<std::size_t>(right - rows.begin());
  const auto left_node = grow(rows.first(left_size), depth - 1);
  const auto right_node = grow(rows.subspan(left_size), depth - 1);
  nodes_[place] = {
      .feature = split.feature, .bin = split.bin, .left = left_node, .right = right_node};
  return place;
}

BoostedTrees::Split BoostedTrees::best_split(std::span<const std::uint32_t> rows,
                                             const Sums& total) const {
  Split best;
  for (std::size_t feature = 0; feature < features_.size(); ++feature) {
    std::array<Sums, kBins> bins{};
    const auto& column = features_[feature];
    for (const auto row : rows) {
      auto& bin = bins[column[row]];
      bin.gradient += present_[row].gradient;
      bin.hessian += present_[row].hessian;
    }
    Sums left;
    for (std::size_t bin = 0; bin + 1 < kBins; ++bin) {
      left.gradient += bins[bin].gradient;
      left.hessian += bins[bin].hessian;
      const double right_hessian = total.hessian - left.hessian;
      if (left.hessian < kLeastHessian || right_hessian < kLeastHessian) continue;
      const double gain = objective(left.gradient, left.hessian) +
                          objective(total.gradient - left.gradient, right_hessian) -
                          objective(total.gradient, total.hessian);
      if (gain > best.gain)
        best = {gain, static_cast<int>(feature), static_cast<std::uint8_t>(bin)};
    }
  }
  return best;
}

double BoostedTrees::value_in(std::size_t root, std::size_t row) const {
  auto at = root;
  while (nodes_[at].feature >= 0) {
    const auto& node = nodes_[at];
    at =
        features_[static_cast<std::size_t>(node.feature)][row] <= node.bin ? node.left : node.right;
  }
  return nodes_[at].value;
}

double BoostedTrees::score(std::size_t row) const {
  double sum = 0;
  for (const auto root : roots_) sum += value_in(root, row);
  return sum;
}

}  // namespace mlo::data
