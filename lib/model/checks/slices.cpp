#include <fmt/format.h>

#include "mlo/core/text.h"
#include "model/checks/check.h"

namespace mlo::model {
namespace {

constexpr std::int64_t kMinRows = 30;  // below it a metric says more of chance than of the slice

ledger::Check without_bound(Candidate& candidate, const data::SliceMetrics& slice) {
  auto check = candidate.check("slices", fmt::format("{} = {}", slice.column, slice.value));
  check.passed = true;
  if (!slice.metrics.empty()) check.value = slice.metrics.front().second;
  check.message = slice.metrics.empty() ? "no metric is defined here" : slice.metrics.front().first;
  return check;
}

void judge(Candidate& candidate, const data::SliceMetrics& slice,
           std::vector<ledger::Check>& checks) {
  const auto& bounds = candidate.spec().validate.slice_bounds;
  if (bounds.empty()) checks.push_back(without_bound(candidate, slice));
  for (const auto& [metric, bound] : bounds) {
    const auto name = fmt::format("{} where {} = {}", metric, slice.column, slice.value);
    auto check = judge_metric(candidate.check("slices", name), slice.metrics, metric, bound);
    if (slice.rows < kMinRows) {
      check.severity = "warn";
      check.message = fmt::format("only {}: too few to judge", format_count(slice.rows, "row"));
    }
    checks.push_back(std::move(check));
  }
}

std::vector<ledger::Check> check_slices(Candidate& candidate) {
  std::vector<ledger::Check> checks;
  for (const auto& column : candidate.spec().validate.slices) {
    const auto values = candidate.held_out().table.texts(column);
    for (const auto& slice : data::evaluate_slices(candidate.predictions(), column, values))
      judge(candidate, slice, checks);
  }
  return checks;
}

const bool kRegistered = model_checks().add(
    "slices", {.wanted = [](const workspace::ValidateSpec& spec) { return !spec.slices.empty(); },
               .run = check_slices});

}  // namespace
}  // namespace mlo::model
