#include "data/csv_dates.h"

#include <algorithm>

#include <fmt/core.h>

#include "data/date_format.h"
#include "data/sql_literal.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

/// Those of `patterns` that read every text in table `dates`.
std::vector<std::string> fitting(Engine& engine, const std::vector<std::string>& patterns) {
  std::vector<std::string> misfits;
  for (const auto& pattern : patterns)
    misfits.push_back(
        fmt::format("count(*) - count(try_strptime(v, {}))", sql_text(strptime_format(pattern))));
  const auto counts = engine.counts("SELECT " + join(misfits, ", ") + " FROM dates").at(0);
  std::vector<std::string> fits;
  for (std::size_t i = 0; i < patterns.size(); ++i)
    if (counts[i] == 0) fits.push_back(patterns[i]);
  const auto has_four = [](const std::string& pattern) {
    return pattern.find("yyyy") != pattern.npos;
  };
  if (!std::ranges::all_of(fits, has_four)) std::erase_if(fits, has_four);
  return fits;
}

/// Every pattern that reads one column; nothing for ISO 8601 and for what is left to the engine.
std::optional<std::vector<std::string>> patterns_of(Engine& engine, const ExpectedDates& column,
                                                    std::size_t files) {
  const auto example = engine.rows("SELECT min(v) FROM dates").at(0).at(0);
  if (!example) return std::nullopt;
  const auto patterns = column.pattern.empty() ? date_patterns(*example, column.type)
                                               : std::vector<std::string>{column.pattern};
  if (patterns.empty()) return std::nullopt;
  auto fits = fitting(engine, patterns);
  if (std::ranges::any_of(fits, is_iso)) return std::nullopt;
  // The engine looks at each file by itself.
  if (fits.empty() && column.pattern.empty() && files == 1) return std::nullopt;
  return fits;
}

using Fits = std::map<std::size_t, std::vector<std::string>>;

/// What is open is written as another column of the table, where one tells.
DateFormat choose(const std::vector<std::string>& patterns, const Fits& all) {
  if (patterns.empty()) return {};
  if (patterns.size() == 1) return {.pattern = patterns.front()};
  for (const auto& [place, others] : all) {
    if (others.size() != 1) continue;
    const auto same = std::ranges::find(patterns, field_order(others.front()), field_order);
    if (same != patterns.end()) return {.pattern = *same};
  }
  return {.pattern = patterns[0], .other = patterns[1]};
}

}  // namespace

std::map<std::size_t, DateFormat> find_dates(Engine& engine, const std::string& texts,
                                             const std::vector<ExpectedDates>& expected,
                                             std::size_t files) {
  Fits all;
  for (const auto& column : expected) {
    if (!column.pattern.empty() && strptime_format(column.pattern).empty()) continue;
    engine.run(
        fmt::format("CREATE OR REPLACE TABLE dates AS SELECT DISTINCT {0} AS v FROM {1} "
                    "WHERE {0} IS NOT NULL",
                    sql_column(column.place), texts));
    if (auto patterns = patterns_of(engine, column, files))
      all.emplace(column.place, *std::move(patterns));
  }
  engine.run("DROP TABLE IF EXISTS dates");
  std::map<std::size_t, DateFormat> dates;
  for (const auto& [place, patterns] : all) dates.emplace(place, choose(patterns, all));
  return dates;
}

}  // namespace mlo::data
