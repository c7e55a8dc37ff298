#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr double kLeastShare = 0.05;

/// The share of the rarest class among rows with a label; at least 0.05 unless set. A table of
/// one class has no rarest one and fails.
std::vector<CheckResult> class_imbalance(const CheckInput& input) {
  const auto& state = input.table.state();
  const auto label = sql_column(state.index_of(input.settings.label));
  const auto counts = input.table.state().engine.counts(
      fmt::format("SELECT count(*) FROM t WHERE {0} IS NOT NULL GROUP BY {0} ORDER BY 1", label));
  const double limit = input.settings.limit.value_or(kLeastShare);
  CheckResult result{.name = fmt::format("{}: rarest class", input.settings.label)};
  result.threshold = limit;
  if (counts.size() < 2) {
    result.value = 0;
    result.message = format_count(std::ssize(counts), "class");
    return {result};
  }
  std::int64_t total = 0;
  for (const auto& count : counts) total += count[0];
  const double share = static_cast<double>(counts.front()[0]) / static_cast<double>(total);
  result.value = share;
  result.passed = share >= limit;
  result.message =
      fmt::format("{} of {}, {}", format_count(counts.front()[0]), format_count(total, "row"),
                  format_count(std::ssize(counts), "class"));
  return {result};
}

const bool kRegistered = table_checks().add(
    "class_imbalance", {.severity = "warn", .needs_label = true, .run = class_imbalance});

}  // namespace

}  // namespace mlo::data
