#include "data/checks/near_groups.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "data/statistics/random.h"
#include "mlo/core/process.h"
#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

constexpr std::size_t kTables = 8;
constexpr std::size_t kProjections = 8;
constexpr std::size_t kMaxLeaders = 8;  ///< of one cell: bounds the comparisons
constexpr std::size_t kBlock = 4096;
constexpr double kCellRadii = 4;
constexpr std::uint64_t kSeed = 20040608;

double uniform(Random& random) {
  return static_cast<double>((random.next() >> 11U) + 1) * 0x1p-53;  // in (0, 1]
}

/// A standard normal number. Source: Box & Muller, Annals of Mathematical Statistics 29 (1958).
double normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(uniform(random)));
  return radius * std::cos(2 * std::numbers::pi * uniform(random));
}

struct HashTable {
  std::vector<float> directions;  ///< projection by projection
  std::array<float, kProjections> offsets{};
};

HashTable draw(std::size_t width, double cell, std::uint64_t seed) {
  Random random(seed);
  HashTable table;
  for (std::size_t i = 0; i < kProjections * width; ++i)
    table.directions.push_back(static_cast<float>(normal(random) / cell));
  for (auto& offset : table.offsets) offset = static_cast<float>(uniform(random));
  return table;
}

std::uint64_t cell_of(const HashTable& table, std::span<const float> point) {
  std::uint64_t cell = 0;
  for (std::size_t p = 0; p < kProjections; ++p) {
    const float* direction = table.directions.data() + p * point.size();
    float sum = table.offsets[p];
    for (std::size_t f = 0; f < point.size(); ++f) sum += direction[f] * point[f];
    const auto place = static_cast<std::int64_t>(std::floor(static_cast<double>(sum)));
    cell = Random(cell ^ static_cast<std::uint64_t>(place)).next();
  }
  return cell;
}

using Placed = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

/// All points in the order of their cells, then of their rows.
Placed placed(const Features& features, const HashTable& table, int threads,
              const std::stop_token& stop) {
  Placed all(features.size());
  const auto place_block = [&](std::size_t block) {
    for (auto i = block * kBlock; i < std::min(all.size(), (block + 1) * kBlock); ++i)
      all[i] = {cell_of(table, features.point(i)), static_cast<std::uint32_t>(i)};
  };
  parallel_for((all.size() + kBlock - 1) / kBlock, threads, place_block, stop);
  std::ranges::sort(all);
  return all;
}

/// Disjoint sets whose representative is their first point.
class Groups {
 public:
  explicit Groups(std::size_t count) : parents_(count) {
    std::iota(parents_.begin(), parents_.end(), 0U);
  }
  std::uint32_t first_of(std::uint32_t point) {
    while (parents_[point] != point) point = parents_[point] = parents_[parents_[point]];
    return point;
  }
  void join(std::uint32_t left, std::uint32_t right) {
    // A list, of which copies are made: of two arguments references would outlive them.
    const auto [low, high] = std::minmax({first_of(left), first_of(right)});
    parents_[high] = low;
  }

 private:
  std::vector<std::uint32_t> parents_;
};

}  // namespace

std::vector<std::uint32_t> near_groups(const Features& features, double radius, int threads,
                                       const std::stop_token& stop) {
  Groups groups(features.size());
  const auto limit = static_cast<float>(radius * radius);
  for (std::size_t t = 0; t < kTables; ++t) {
    const auto order =
        placed(features, draw(features.width, kCellRadii * radius, kSeed + t), threads, stop);
    std::vector<std::uint32_t> leaders;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i % kBlock == 0) throw_if_stopped(stop);
      if (i == 0 || order[i].first != order[i - 1].first) leaders.clear();
      const auto point = order[i].second;
      const auto near = std::ranges::find_if(
          leaders, [&](std::uint32_t leader) { return features.distance(leader, point) <= limit; });
      if (near != leaders.end())
        groups.join(*near, point);
      else if (leaders.size() < kMaxLeaders)
        leaders.push_back(point);
    }
  }
  std::vector<std::uint32_t> firsts(features.size());
  for (std::uint32_t i = 0; i < firsts.size(); ++i) firsts[i] = groups.first_of(i);
  return firsts;
}

}  // namespace mlo::data
