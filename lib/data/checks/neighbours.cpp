#include "data/checks/neighbours.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

// A fixed number of points side by side lets the compiler use vector instructions.
constexpr std::size_t kBlock = 256;
using Distances = std::array<float, kBlock>;

/// Points in blocks, feature by feature within each.
std::vector<float> in_blocks(const Features& features) {
  const auto blocks = (features.size() + kBlock - 1) / kBlock;
  std::vector<float> values(blocks * kBlock * features.width);
  for (std::size_t i = 0; i < features.size(); ++i)
    for (std::size_t f = 0; f < features.width; ++f)
      values[((i / kBlock) * features.width + f) * kBlock + i % kBlock] =
          features.values[i * features.width + f];
  return values;
}

void distances_to(std::span<const float> point, const float* block, Distances& distances) {
  distances.fill(0);
  for (std::size_t f = 0; f < point.size(); ++f) {
    const float* values = block + f * kBlock;
    for (std::size_t j = 0; j < kBlock; ++j) {
      const float apart = values[j] - point[f];
      distances[j] += apart * apart;
    }
  }
}

/// The nearest so far, in order; few enough to be kept by insertion.
class Nearest {
 public:
  explicit Nearest(std::size_t count) : found_(count, {kNone, 0}) {}
  [[nodiscard]] float farthest() const { return found_.back().first; }
  void add(float distance, std::uint32_t place) {
    // Places come in ascending order, so that an equal distance stays behind the earlier one.
    const auto at =
        std::ranges::upper_bound(found_, distance, {}, [](const auto& one) { return one.first; });
    std::move_backward(at, found_.end() - 1, found_.end());
    *at = {distance, place};
  }
  [[nodiscard]] std::vector<std::uint32_t> places() const {
    std::vector<std::uint32_t> all;
    for (const auto& [distance, place] : found_)
      if (distance < kNone) all.push_back(place);
    return all;
  }

 private:
  static constexpr float kNone = std::numeric_limits<float>::infinity();
  std::vector<std::pair<float, std::uint32_t>> found_;
};

}  // namespace

std::vector<std::vector<std::uint32_t>> nearest_neighbours(const Features& features,
                                                           std::size_t count, int threads,
                                                           const std::stop_token& stop) {
  std::vector<std::vector<std::uint32_t>> all(features.size());
  if (count == 0) return all;
  const auto blocked = in_blocks(features);
  const auto blocks = (features.size() + kBlock - 1) / kBlock;
  const auto find_of_block = [&](std::size_t mine) {
    Distances distances{};
    for (auto i = mine * kBlock; i < std::min(features.size(), (mine + 1) * kBlock); ++i) {
      Nearest nearest(count);
      for (std::size_t block = 0; block < blocks; ++block) {
        distances_to(features.point(i), blocked.data() + block * kBlock * features.width,
                     distances);
        const auto first = block * kBlock;
        const auto size = std::min(kBlock, features.size() - first);
        for (std::size_t j = 0; j < size; ++j)
          if (distances[j] < nearest.farthest() && first + j != i)
            nearest.add(distances[j], static_cast<std::uint32_t>(first + j));
      }
      all[i] = nearest.places();
    }
  };
  parallel_for(blocks, threads, find_of_block, stop);
  return all;
}

}  // namespace mlo::data
