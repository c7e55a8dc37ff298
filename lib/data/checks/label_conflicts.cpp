#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

/// Rows whose features appear under another label too: no model can be right about all of them.
/// Rows without a label are left out.
std::vector<CheckResult> label_conflicts(const CheckInput& input) {
  const auto& table = input.table;
  const auto label = sql_column(table.state().index_of(input.settings.label));
  const auto hash = row_hash(table, chosen_columns(input, input.settings.label), exact_text);
  const auto rows = fmt::format(
      "SELECT row FROM (SELECT rowid + 1 AS row, min({0}) OVER (PARTITION BY {1}) AS low, "
      "max({0}) OVER (PARTITION BY {1}) AS high FROM t WHERE {0} IS NOT NULL) WHERE low <> high",
      label, hash);
  const auto count =
      table.state().engine.counts(fmt::format("SELECT count(*) FROM ({})", rows)).at(0).at(0);
  return {judge_share(input, "label conflicts", count, rows)};
}

const bool kRegistered =
    table_checks().add("label_conflicts", {.needs_label = true, .run = label_conflicts});

}  // namespace

}  // namespace mlo::data
