#include "run/search/stopping.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::run {

std::optional<double> Curve::best_until(std::int64_t step) const {
  std::optional<double> best;
  for (const auto& point : points)
    if (point.step <= step) best = best ? std::min(*best, point.loss) : point.loss;
  return best;
}

Registry<StoppingRuleMaker>& stopping_rules() {
  static Registry<StoppingRuleMaker> all;
  return all;
}

std::unique_ptr<StoppingRule> make_stopping_rule(const workspace::StoppingSpec& spec) {
  if (const auto* make = stopping_rules().find(spec.rule)) return (*make)(spec);
  throw Error(ErrorKind::bad_input, "no stopping rule '{}'", spec.rule)
      .hint("rules: {}", join(stopping_rules().names(), ", "));
}

}  // namespace mlo::run
