#include <algorithm>
#include <iterator>
#include <numeric>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

using Hashes = std::vector<std::int64_t>;

/// Of each row's values, in order of row.
Hashes row_hashes(const Table& table, const std::vector<std::size_t>& columns) {
  return table.state().engine.integers(
      fmt::format("SELECT {} FROM t ORDER BY rowid", row_hash(table, columns, exact_text)));
}

/// The rows of an earlier version, sorted; none when it lacks a column of today: no row of today
/// came with it then.
Hashes rows_of(const CheckInput& input, const std::filesystem::path& content) {
  std::vector<std::string> names;
  for (const auto& column : input.table.columns()) names.push_back(column.name);
  const auto version = Table::open(
      content, {.threads = input.table.state().threads, .stop = input.table.state().stop});
  std::vector<std::size_t> columns;
  for (const auto& name : names) {
    if (version.find(name) == nullptr) return {};
    columns.push_back(version.state().index_of(name));
  }
  auto hashes = row_hashes(version, columns);
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  return hashes;
}

/// Rows that first came with a version that is in doubt, by version; each row is looked for in the
/// versions up to the last doubtful one, oldest first.
struct Suspects {
  std::vector<std::int64_t> rows;
  std::vector<std::string> told;
};

Suspects find_suspects(const CheckInput& input) {
  const auto& origins = input.origins;
  const auto last = std::find_if(origins.rbegin(), origins.rend(),
                                 [](const TableOrigin& one) { return !one.doubt.empty(); });
  Suspects suspects;
  if (last == origins.rend()) return suspects;
  std::vector<std::size_t> all(input.table.columns().size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto hashes = row_hashes(input.table, all);
  std::vector<bool> placed(hashes.size());
  for (auto origin = origins.begin(); origin != last.base(); ++origin) {
    const auto rows = rows_of(input, origin->content);
    std::int64_t count = 0;
    for (std::size_t row = 0; row < hashes.size(); ++row) {
      if (placed[row] || !std::ranges::binary_search(rows, hashes[row])) continue;
      placed[row] = true;
      if (origin->doubt.empty()) continue;
      suspects.rows.push_back(static_cast<std::int64_t>(row) + 1);
      ++count;
    }
    if (count > 0)
      suspects.told.push_back(fmt::format("{} first seen in {}: {}", format_count(count, "row"),
                                          origin->name, origin->doubt));
  }
  std::ranges::sort(suspects.rows);
  return suspects;
}

/// Rows that came with a version of the table whose source nobody told, or that was not signed by
/// somebody who may: whoever wants to poison a model has to bring rows in. Their share, at most 0
/// unless set. A row belongs to the oldest version that has it, whatever its place there.
std::vector<CheckResult> origins(const CheckInput& input) {
  constexpr std::size_t kSample = 5;
  if (input.origins.empty())
    throw Error(ErrorKind::bad_input,
                "check 'origins' looks at recorded versions, and there are none")
        .hint("mlo track it with --source, then mlo validate");
  const auto suspects = find_suspects(input);
  const auto count = std::ssize(suspects.rows);
  const auto rows = input.table.rows();
  CheckResult result{.name = "rows of unknown origin"};
  const double share = rows == 0 ? 0 : static_cast<double>(count) / static_cast<double>(rows);
  const double limit = input.settings.limit.value_or(0);
  result.value = share;
  result.threshold = limit;
  result.failing_rows = count;
  result.passed = share <= limit;
  std::copy_n(suspects.rows.begin(), std::min(suspects.rows.size(), kSample),
              std::back_inserter(result.sample));
  result.message = join(suspects.told, "; ");
  return {result};
}

const bool kRegistered = table_checks().add("origins", {.run = origins});

}  // namespace

}  // namespace mlo::data
