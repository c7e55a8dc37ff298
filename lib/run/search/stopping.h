#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/registry.h"
#include "mlo/workspace/search_spec.h"

namespace mlo::run {

/// What a trial has logged of the metric that is judged, in the order of its steps.
struct Curve {
  struct Point {
    std::int64_t step = 0;
    double loss = 0;  ///< smaller is better
  };
  std::vector<Point> points;
  bool ended = false;  ///< went to its end

  /// The best up to `step`; nothing before the first point.
  [[nodiscard]] std::optional<double> best_until(std::int64_t step) const;
};

/// Says which trials are not worth going on with.
class StoppingRule {
 public:
  StoppingRule() = default;
  virtual ~StoppingRule() = default;
  StoppingRule(const StoppingRule&) = delete;
  StoppingRule& operator=(const StoppingRule&) = delete;

  /// Whether the trial of `curve`, which has logged a point just now, is to be given up beside
  /// `others`, which run, have ended or were given up.
  [[nodiscard]] virtual bool gives_up(const Curve& curve, std::span<const Curve> others) const = 0;
};

using StoppingRuleMaker =
    std::function<std::unique_ptr<StoppingRule>(const workspace::StoppingSpec&)>;
/// The rules there are; each adds itself from its file in rules/.
Registry<StoppingRuleMaker>& stopping_rules();
/// Throws bad_input naming the rules there are.
std::unique_ptr<StoppingRule> make_stopping_rule(const workspace::StoppingSpec& spec);

}  // namespace mlo::run
