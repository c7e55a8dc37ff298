#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"
#include "mlo/core/error.h"

namespace mlo::data {

namespace {

std::string hashes_of(const Table& table, const std::vector<std::size_t>& columns) {
  return fmt::format("SELECT {} AS h FROM t ORDER BY rowid", row_hash(table, columns, exact_text));
}

/// Rows of this table that the other one has too, in the chosen columns (all but the label, so
/// that an example under another label is still seen). Both tables are hashed by values, so 1 and
/// 1.0 are the same.
std::vector<CheckResult> leakage(const CheckInput& input) {
  const auto columns = chosen_columns(input, input.settings.label);
  std::vector<std::size_t> others;
  others.reserve(columns.size());
  for (const auto column : columns)
    others.push_back(input.other->state().index_of(input.table.columns()[column].name));
  std::vector<std::int64_t> known;
  for (const auto& row : input.other->state().engine.counts(hashes_of(*input.other, others)))
    known.push_back(row[0]);
  std::sort(known.begin(), known.end());
  std::int64_t count = 0;
  std::vector<std::int64_t> first;
  std::int64_t number = 0;
  for (const auto& row : input.table.state().engine.counts(hashes_of(input.table, columns))) {
    ++number;
    if (!std::binary_search(known.begin(), known.end(), row[0])) continue;
    ++count;
    if (first.size() < 6) first.push_back(number);
  }
  std::string sample = "SELECT CAST(NULL AS BIGINT) AS row WHERE false";
  for (const auto row : first) sample += fmt::format(" UNION ALL SELECT {}::BIGINT AS row", row);
  auto result =
      judge_share(input, fmt::format("rows also in {}", input.settings.against), count, sample);
  return {result};
}

const bool kRegistered = table_checks().add("leakage", {.needs_other = true, .run = leakage});

}  // namespace

}  // namespace mlo::data
