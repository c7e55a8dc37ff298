#include "data/checks/isolation_forest.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <utility>

#include "data/statistics/random.h"
#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

constexpr std::size_t kTrees = 100;
constexpr std::size_t kPoints = 256;
constexpr int kMaxDepth = 8;  // log2 of the points
constexpr std::size_t kBlock = 4096;
constexpr std::uint64_t kSeed = 20080815;

struct Node {
  std::int32_t feature = -1;  ///< a leaf has none
  float cut = 0;              ///< points below it go left
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  float depth = 0;  ///< of a leaf: its own and what its points would still need
};
using Tree = std::vector<Node>;

class Grower {
 public:
  Grower(const Features& features, std::uint64_t seed) : features_(features), random_(seed) {}

  Tree grow() {
    std::vector<std::uint32_t> points;
    const auto count = std::min(kPoints, features_.size());
    // Drawn without repeats: a few retries, as there are at least twice as many points, else all.
    if (features_.size() < 2 * kPoints) {
      for (std::uint32_t i = 0; i < features_.size(); ++i) points.push_back(i);
      for (std::size_t i = 0; i < count; ++i)
        std::swap(points[i], points[i + random_.below(points.size() - i)]);
      points.resize(count);
    } else {
      while (points.size() < count) {
        const auto point = static_cast<std::uint32_t>(random_.below(features_.size()));
        if (std::ranges::find(points, point) == points.end()) points.push_back(point);
      }
    }
    split(points, 0);
    return std::move(tree_);
  }

 private:
  [[nodiscard]] float value(std::uint32_t point, std::size_t feature) const {
    return features_.values[point * features_.width + feature];
  }

  std::uint32_t split(std::span<std::uint32_t> points, int depth) {
    const auto place = static_cast<std::uint32_t>(tree_.size());
    tree_.emplace_back();
    const auto feature = depth < kMaxDepth ? varying_feature(points) : -1;
    if (feature < 0) {
      tree_[place].depth = static_cast<float>(depth + mean_search_depth(points.size()));
      return place;
    }
    const auto at = static_cast<std::size_t>(feature);
    const auto [low, high] =
        std::ranges::minmax(points, {}, [&](std::uint32_t point) { return value(point, at); });
    const float cut = cut_between(value(low, at), value(high, at));
    const auto middle = std::partition(points.begin(), points.end(),
                                       [&](std::uint32_t point) { return value(point, at) < cut; });
    const auto left_size = static_cast<std::size_t>(middle - points.begin());
    const auto left = split(points.first(left_size), depth + 1);
    const auto right = split(points.subspan(left_size), depth + 1);
    tree_[place] = {.feature = feature, .cut = cut, .left = left, .right = right, .depth = 0};
    return place;
  }

  /// Above `low` and up to `high`, so that neither side is empty.
  float cut_between(float low, float high) {
    const double share = static_cast<double>(random_.next() >> 11U) * 0x1p-53;
    const auto cut = static_cast<float>(low + share * (static_cast<double>(high) - low));
    return cut > low ? cut : high;
  }

  /// One of the features that differ among the points, −1 when none does.
  std::int32_t varying_feature(std::span<const std::uint32_t> points) {
    if (points.size() < 2) return -1;
    std::vector<std::int32_t> order(features_.width);
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::swap(order[i], order[i + random_.below(order.size() - i)]);
      const auto feature = static_cast<std::size_t>(order[i]);
      const float first = value(points[0], feature);
      if (std::ranges::any_of(points, [&](auto point) { return value(point, feature) != first; }))
        return order[i];
    }
    return -1;
  }

  const Features& features_;
  Random random_;
  Tree tree_;
};

float depth_in(const Tree& tree, std::span<const float> point) {
  std::uint32_t at = 0;
  while (tree[at].feature >= 0)
    at = point[static_cast<std::size_t>(tree[at].feature)] < tree[at].cut ? tree[at].left
                                                                          : tree[at].right;
  return tree[at].depth;
}

}  // namespace

double mean_search_depth(std::size_t points) {
  if (points < 2) return 0;
  if (points == 2) return 1;
  const auto count = static_cast<double>(points);
  return 2 * (std::log(count - 1) + std::numbers::egamma) - 2 * (count - 1) / count;
}

std::vector<float> isolation_scores(const Features& features, int threads,
                                    const std::stop_token& stop) {
  std::vector<Tree> forest(kTrees);
  parallel_for(
      kTrees, threads,
      [&](std::size_t i) {
        // Each tree has its own numbers: which thread grows it does not matter.
        forest[i] = Grower(features, Random(kSeed + i).next()).grow();
      },
      stop);
  const double normal = mean_search_depth(std::min(kPoints, features.size()));
  std::vector<float> scores(features.size());
  const auto score_block = [&](std::size_t block) {
    const auto end = std::min(features.size(), (block + 1) * kBlock);
    for (const auto& tree : forest)
      for (auto i = block * kBlock; i < end; ++i) scores[i] += depth_in(tree, features.point(i));
    for (auto i = block * kBlock; i < end; ++i)
      scores[i] = normal > 0 ? static_cast<float>(std::exp2(-scores[i] / (kTrees * normal))) : 0.5F;
  };
  parallel_for((features.size() + kBlock - 1) / kBlock, threads, score_block, stop);
  return scores;
}

}  // namespace mlo::data
