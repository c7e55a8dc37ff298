#include "run/search/chance.h"
#include "run/search/sampler.h"

namespace mlo::run {
namespace {

/// Every point alike: for many params hard to beat. Source: Bergstra, Bengio, JMLR 13 (2012).
class RandomSampler final : public Sampler {
 public:
  explicit RandomSampler(SamplerSetting setting) : setting_(std::move(setting)) {}

  std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> /*seen*/,
                           std::uint64_t draw) override {
    Chance chance(setting_.seed, trial, draw);
    Point point(setting_.space.dimensions());
    for (auto& place : point) place = chance.share();
    return point;
  }

 private:
  SamplerSetting setting_;
};

const bool kRegistered =
    samplers().add("random", {.make = [](SamplerSetting setting) {
                     return std::make_unique<RandomSampler>(std::move(setting));
                   }});

}  // namespace
}  // namespace mlo::run
