#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "mlo/core/registry.h"
#include "run/search/space.h"

namespace mlo::run {

/// What became of a trial, as samplers see it.
struct Observation {
  Point point;
  std::optional<double> loss;  ///< smaller is better; nothing: it failed
  bool complete = true;        ///< false: given up early, `loss` is what it had reached
};

/// What a sampler is made for.
struct SamplerSetting {
  Space space;
  std::int64_t seed = 0;
  std::int64_t trials = 0;  ///< how many will be asked for; 0: nobody knows
};

/// Proposes where to try next. What it answers depends on its setting, `trial` and `seen` alone, so
/// that a search goes on after a kill as it would have without.
class Sampler {
 public:
  Sampler() = default;
  virtual ~Sampler() = default;
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// The point of trial 0, 1, …; nothing when there are no more. `draw` counts how often it was
  /// asked for the same trial, because what it said had been tried before.
  virtual std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> seen,
                                   std::uint64_t draw) = 0;
};

struct SamplerKind {
  std::function<std::unique_ptr<Sampler>(SamplerSetting)> make;
  bool learns = false;  ///< looks at what was seen
  bool plans = false;   ///< with another number of trials it says other points
};
/// The kinds there are; each adds itself from its file in samplers/.
Registry<SamplerKind>& samplers();
/// Throws bad_input naming the kinds there are.
const SamplerKind& sampler_kind(std::string_view name);

}  // namespace mlo::run
