#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"

namespace mlo::data {

namespace {

/// Rows that repeat an earlier one by the hash of `text` over the chosen columns.
std::vector<CheckResult> repeated(const CheckInput& input, std::string_view name,
                                  std::string (*text)(const Table&, std::size_t)) {
  const auto hash = row_hash(input.table, chosen_columns(input), text);
  const auto count =
      input.table.state()
          .engine
          .counts(fmt::format("SELECT CAST(count(*) - count(DISTINCT {}) AS BIGINT) FROM t", hash))
          .at(0)
          .at(0);
  return {judge_share(
      input, std::string(name), count,
      fmt::format("SELECT row FROM (SELECT rowid + 1 AS row, row_number() OVER (PARTITION BY {} "
                  "ORDER BY rowid) AS turn FROM t) WHERE turn > 1",
                  hash))};
}

/// Rows equal to an earlier one in every chosen column; missing equals missing.
std::vector<CheckResult> duplicates(const CheckInput& input) {
  return repeated(input, "duplicate rows", exact_text);
}

/// Rows that equal an earlier one once numbers are cut to four significant figures and texts to
/// their letters and digits without case. Exact duplicates are among them.
std::vector<CheckResult> near_duplicates(const CheckInput& input) {
  return repeated(input, "near-duplicate rows", rough_text);
}

const bool kDuplicates = table_checks().add("duplicates", {.run = duplicates});
const bool kNearDuplicates =
    table_checks().add("near_duplicates", {.severity = "warn", .run = near_duplicates});

}  // namespace

}  // namespace mlo::data
