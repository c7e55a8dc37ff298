#include <numeric>

#include "mlo/core/error.h"
#include "run/search/chance.h"
#include "run/search/sampler.h"

namespace mlo::run {
namespace {

/// Each side is cut into as many parts as there are trials, and each part is met once.
/// Source: McKay, Beckman, Conover, Technometrics 21 (1979), 239–245.
class LatinHypercubeSampler final : public Sampler {
 public:
  explicit LatinHypercubeSampler(SamplerSetting setting) : setting_(std::move(setting)) {
    if (setting_.trials < 1)
      throw Error(ErrorKind::bad_input, "a Latin hypercube needs to know how many trials there are")
          .hint("trials: 20, in the search or as --trials 20");
    const auto parts = static_cast<std::size_t>(setting_.trials);
    for (std::size_t i = 0; i < setting_.space.dimensions(); ++i) {
      // Fisher and Yates; a stream of its own for each side, so that a further param changes none.
      auto& order = orders_.emplace_back(parts);
      std::iota(order.begin(), order.end(), 0);
      Chance chance(setting_.seed, i, kShuffle);
      for (std::size_t left = parts; left > 1; --left)
        std::swap(order[left - 1], order[chance.below(left)]);
    }
  }

  std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> /*seen*/,
                           std::uint64_t draw) override {
    if (trial >= static_cast<std::uint64_t>(setting_.trials)) return std::nullopt;
    Chance chance(setting_.seed, trial, draw);
    Point point(setting_.space.dimensions());
    for (std::size_t i = 0; i < point.size(); ++i)
      point[i] = (static_cast<double>(orders_[i][trial]) + chance.share()) /
                 static_cast<double>(setting_.trials);
    return point;
  }

 private:
  static constexpr std::uint64_t kShuffle = UINT64_MAX;
  SamplerSetting setting_;
  std::vector<std::vector<std::uint64_t>> orders_;
};

const bool kRegistered = samplers().add(
    "latin-hypercube", {.make =
                            [](SamplerSetting setting) {
                              return std::make_unique<LatinHypercubeSampler>(std::move(setting));
                            },
                        .plans = true});

}  // namespace
}  // namespace mlo::run
