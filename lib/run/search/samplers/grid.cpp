#include "mlo/core/error.h"
#include "run/search/sampler.h"

namespace mlo::run {
namespace {

/// Every combination once, the last param first, as nested loops would go.
class GridSampler final : public Sampler {
 public:
  explicit GridSampler(SamplerSetting setting) : setting_(std::move(setting)) {
    const auto& space = setting_.space;
    for (std::size_t i = 0; i < space.dimensions(); ++i)
      if (!space.values(i))
        throw Error(ErrorKind::bad_input, "a grid needs to know which values of '{}' to try",
                    space.param(i).name)
            .hint("give its range a step or a count, or list its values");
  }

  std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> /*seen*/,
                           std::uint64_t /*draw*/) override {
    const auto& space = setting_.space;
    Point point(space.dimensions());
    for (std::size_t i = space.dimensions(); i-- > 0;) {
      const auto side = static_cast<std::uint64_t>(*space.values(i));
      point[i] = space.place_of(i, static_cast<std::int64_t>(trial % side));
      trial /= side;
    }
    if (trial > 0) return std::nullopt;
    return point;
  }

 private:
  SamplerSetting setting_;
};

const bool kRegistered = samplers().add("grid", {.make = [](SamplerSetting setting) {
                                          return std::make_unique<GridSampler>(std::move(setting));
                                        }});

}  // namespace
}  // namespace mlo::run
