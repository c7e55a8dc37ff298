#include <array>

#include "run/search/chance.h"
#include "run/search/sampler.h"
#include "run/search/sobol_directions.h"

namespace mlo::run {
namespace {

constexpr unsigned kBits = 32;
using Directions = std::array<std::uint32_t, kBits>;

Directions first_directions() {
  Directions directions{};
  for (unsigned bit = 0; bit < kBits; ++bit) directions[bit] = 1U << (kBits - 1 - bit);
  return directions;
}

/// Each number from the `degree` before it, as the polynomial says.
Directions directions_of(const SobolDirection& known) {
  Directions directions{};
  for (unsigned bit = 0; bit < kBits; ++bit) {
    if (bit < known.degree) {
      directions[bit] = known.first[bit] << (kBits - 1 - bit);
      continue;
    }
    auto& next = directions[bit];
    next = directions[bit - known.degree] ^ (directions[bit - known.degree] >> known.degree);
    for (unsigned term = 1; term < known.degree; ++term)
      if ((known.coefficients >> (known.degree - 1 - term) & 1U) != 0)
        next ^= directions[bit - term];
  }
  return directions;
}

/// Points that fill the space evenly at every moment, moved by a random digital shift for each
/// seed. Seed 0 is the sequence itself. Sources: Sobol', USSR Computational Mathematics 7 (1967);
/// Antonov, Saleev (1979) for the order by Gray code; Matoušek, Journal of Complexity 14 (1998) for
/// the shift.
class SobolSampler final : public Sampler {
 public:
  explicit SobolSampler(SamplerSetting setting) : setting_(std::move(setting)) {
    for (std::size_t i = 0; i < setting_.space.dimensions(); ++i)
      directions_.push_back(i == 0 ? first_directions()
                                   : directions_of(kSobolDirections.at(i - 1)));
  }

  std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> /*seen*/,
                           std::uint64_t draw) override {
    if (draw > 0) return Point(drawn(trial, draw));
    const auto index = static_cast<std::uint32_t>(trial);
    const std::uint32_t gray = index ^ (index >> 1U);
    Point point(directions_.size());
    for (std::size_t i = 0; i < point.size(); ++i) {
      std::uint32_t number = setting_.seed == 0 ? 0 : shift_of(i);
      for (unsigned bit = 0; bit < kBits; ++bit)
        if ((gray >> bit & 1U) != 0) number ^= directions_[i][bit];
      point[i] = static_cast<double>(number) * 0x1p-32;
    }
    return point;
  }

 private:
  std::uint32_t shift_of(std::size_t dimension) const {
    return static_cast<std::uint32_t>(Chance(setting_.seed, dimension, kShift).bits() >> 32U);
  }
  /// Where few values made the point of the sequence one that was tried.
  Point drawn(std::uint64_t trial, std::uint64_t draw) const {
    Chance chance(setting_.seed, trial, draw);
    Point point(directions_.size());
    for (auto& place : point) place = chance.share();
    return point;
  }

  static constexpr std::uint64_t kShift = UINT64_MAX;
  SamplerSetting setting_;
  std::vector<Directions> directions_;
};

const bool kRegistered = samplers().add("sobol", {.make = [](SamplerSetting setting) {
                                          return std::make_unique<SobolSampler>(std::move(setting));
                                        }});

}  // namespace
}  // namespace mlo::run
