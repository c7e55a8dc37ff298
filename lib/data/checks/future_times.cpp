#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

/// Dates and times after now (UTC): they were not known when the row was written.
std::vector<CheckResult> future_times(const CheckInput& input) {
  std::vector<CheckResult> results;
  for (const auto column : chosen_columns(input)) {
    const auto& found = input.table.columns()[column];
    if (found.type != ColumnType::date && found.type != ColumnType::timestamp) continue;
    const auto fails = fmt::format(
        "SELECT rowid + 1 AS row FROM t WHERE CAST({} AS TIMESTAMP) > "
        "make_timestamp({}::BIGINT)",
        sql_column(column), input.now.microseconds);
    const auto count = input.table.state()
                           .engine.counts(fmt::format("SELECT count(*) FROM ({})", fails))
                           .at(0)
                           .at(0);
    results.push_back(
        judge_share(input, fmt::format("{}: in the future", found.name), count, fails));
  }
  return results;
}

const bool kRegistered = table_checks().add("future_times", {.run = future_times});

}  // namespace

}  // namespace mlo::data
