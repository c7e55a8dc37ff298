#include <fmt/format.h>

#include "mlo/core/figure.h"
#include "mlo/model/features.h"
#include "model/checks/check.h"

namespace mlo::model {
namespace {

constexpr int kResamples = 2000;
constexpr std::uint64_t kSeed = 20'261'123;  // fixed, so that a gate decides the same way twice

ledger::Check judge(Candidate& candidate, const data::Comparison& comparison,
                    std::int64_t champion) {
  auto check = candidate.check("against", fmt::format("{} against {}@{}", comparison.metric,
                                                      candidate.version().model, champion));
  const bool larger = data::larger_is_better(comparison.metric);
  // Significantly worse: the whole interval of the difference lies on the bad side.
  const bool worse = larger ? comparison.high < 0 : comparison.low > 0;
  check.passed = !worse;
  check.value = comparison.challenger - comparison.champion;
  check.threshold = "not significantly worse";
  check.message =
      fmt::format("{} → {}, 95 % interval of the difference [{}, {}]",
                  format_figure(comparison.champion), format_figure(comparison.challenger),
                  format_figure(comparison.low), format_figure(comparison.high));
  return check;
}

/// The version itself, or its content under an earlier number: fed by the same columns, or by none
/// that anybody named.
bool is_same(const ledger::ModelVersion& champion, const ledger::ModelVersion& version) {
  const auto features = features_of(champion);
  return champion.digest == version.digest &&
         (features.empty() || features == features_of(version));
}

std::vector<ledger::Check> check_against(Candidate& candidate) {
  const auto& spec = candidate.spec();
  const auto& stage = spec.validate.against;
  const auto& champion = candidate.champion();
  if (!champion || is_same(*champion, candidate.version())) {
    auto check = candidate.check("against", fmt::format("against {}", stage));
    check.passed = true;
    check.message =
        champion ? "it is the model at that stage" : fmt::format("no model at '{}' yet", stage);
    return {check};
  }
  const auto theirs = candidate.predictions_of(*champion);
  std::vector<ledger::Check> checks;
  for (const auto& [metric, bound] : spec.validate.metrics)
    checks.push_back(judge(candidate,
                           data::compare(theirs, candidate.predictions(), metric,
                                         {.resamples = kResamples,
                                          .seed = kSeed,
                                          .stop = candidate.stop(),
                                          .progress = &candidate.progress()}),
                           champion->number));
  return checks;
}

const bool kRegistered = model_checks().add(
    "against", {.wanted = [](const workspace::ValidateSpec& spec) { return !spec.against.empty(); },
                .run = check_against});

}  // namespace
}  // namespace mlo::model
