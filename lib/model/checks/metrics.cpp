#include "model/checks/check.h"

namespace mlo::model {
namespace {

/// Metrics are computed here from the model's own answers, never taken from files of the training.
std::vector<ledger::Check> check_metrics(Candidate& candidate) {
  const auto metrics = data::evaluate(candidate.predictions());
  std::vector<ledger::Check> checks;
  for (const auto& [name, bound] : candidate.spec().validate.metrics)
    checks.push_back(judge_metric(candidate.check("metrics", name), metrics, name, bound));
  return checks;
}

const bool kRegistered = model_checks().add(
    "metrics", {.wanted = [](const workspace::ValidateSpec& spec) { return !spec.metrics.empty(); },
                .run = check_metrics});

}  // namespace
}  // namespace mlo::model
