#include <fmt/format.h>

#include "model/checks/check.h"

namespace mlo::model {
namespace {

std::vector<ledger::Check> check_fairness(Candidate& candidate) {
  const auto& spec = *candidate.spec().validate.fairness;
  std::vector<ledger::Check> checks;
  for (const auto& column : spec.by) {
    const auto groups = candidate.held_out().table.texts(column);
    const auto metrics = data::fairness(candidate.predictions(), groups);
    for (const auto& [metric, bound] : spec.bounds)
      checks.push_back(
          judge_metric(candidate.check("fairness", fmt::format("{} by {}", metric, column)),
                       metrics, metric, bound));
  }
  return checks;
}

const bool kRegistered = model_checks().add(
    "fairness",
    {.wanted = [](const workspace::ValidateSpec& spec) { return spec.fairness.has_value(); },
     .run = check_fairness});

}  // namespace
}  // namespace mlo::model
