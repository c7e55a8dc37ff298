#include "data/profile_values.h"

#include <cmath>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "data/statistics/hyperloglog.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr int kTopValues = 20;

bool has_top(ColumnType type) {
  return type == ColumnType::text || type == ColumnType::boolean;
}

/// Lengths are told of text, extremes of what has an order.
struct Wanted {
  std::string least, most, shortest, longest, characters;
};

/// `value` and its `count` as SQL.
Wanted wanted_of(ColumnType type, const std::string& value, const std::string& count) {
  Wanted wanted{"NULL", "NULL", "NULL", "NULL", "NULL"};
  if (type != ColumnType::other) {
    wanted.least = fmt::format("min({})", value);
    wanted.most = fmt::format("max({})", value);
  }
  if (type == ColumnType::text) {
    wanted.shortest = fmt::format("min(length({}))", value);
    wanted.longest = fmt::format("max(length({}))", value);
    wanted.characters = fmt::format("sum(length({}) * {})", value, count);
  }
  return wanted;
}

/// present, least, most, shortest, longest, characters: as texts.
void read_facts(ColumnProfile& result, const std::vector<Engine::Text>& facts, std::int64_t rows) {
  const auto present = facts[0] ? std::stoll(*facts[0]) : 0;
  result.nulls = rows - present;
  if (facts[1]) result.min = *facts[1];
  if (facts[2]) result.max = *facts[2];
  if (facts[3])
    result.lengths = {std::stoll(*facts[3]), std::stoll(*facts[4]),
                      static_cast<double>(std::stoll(*facts[5])) / static_cast<double>(present)};
}

/// One pass over the column makes the groups.
void profile_groups(ColumnProfile& result, const Table& table, std::size_t index) {
  const auto wanted = wanted_of(result.type, "v", "n");
  const auto rows = table.state().engine.rows(fmt::format(
      "WITH g AS MATERIALIZED (SELECT {0} AS v, count(*) AS n FROM {7} WHERE {0} IS NOT NULL "
      "GROUP BY {0}), top AS (SELECT v, n FROM g ORDER BY n DESC, v LIMIT {1}), facts AS (SELECT "
      "sum(n) AS f0, {2} AS f1, {3} AS f2, {4} AS f3, {5} AS f4, {6} AS f5, count(*) AS f6 FROM g) "
      "SELECT CAST(f0 AS VARCHAR), CAST(f1 AS VARCHAR), CAST(f2 AS VARCHAR), CAST(f3 AS VARCHAR), "
      "CAST(f4 AS VARCHAR), CAST(f5 AS VARCHAR), CAST(f6 AS VARCHAR), CAST(v AS VARCHAR), CAST(n "
      "AS VARCHAR) FROM facts LEFT JOIN top ON true ORDER BY n DESC, v",
      sql_column(index), kTopValues, wanted.least, wanted.most, wanted.shortest, wanted.longest,
      wanted.characters, table.state().relation_of(index)));
  read_facts(result, rows.at(0), table.rows());
  result.distinct = std::stoll(*rows[0][6]);
  if (!has_top(result.type)) return;
  for (const auto& row : rows)
    if (row[7]) result.top.emplace_back(*row[7], std::stoll(*row[8]));
}

/// The least rest of the hashes is all that a register has to know, so that the engine's threads
/// fill the sketch.
HyperLogLog sketch_of(Engine& engine, const std::string& column) {
  HyperLogLog sketch;
  for (const auto& row : engine.counts(fmt::format(
           "SELECT CAST(h >> {1} AS BIGINT), CAST(min(h & {2}) AS BIGINT) FROM (SELECT hash({0}) "
           "AS h FROM t WHERE {0} IS NOT NULL) GROUP BY h >> {1}",
           column, HyperLogLog::kRestBits, (std::uint64_t{1} << HyperLogLog::kRestBits) - 1)))
    sketch.add(static_cast<std::size_t>(row[0]), static_cast<std::uint64_t>(row[1]));
  return sketch;
}

/// The values that are certainly the most frequent: rows are counted by a part of their value's
/// hash, and a value has no more rows than its part. Values of the fullest parts that have more
/// rows than any other part are among the top.
void find_top(ColumnProfile& result, Engine& engine, const std::string& column) {
  constexpr int kShift = 44;  // 2²⁰ parts
  constexpr std::size_t kParts = 100;
  const auto parts = engine.counts(fmt::format(
      "SELECT CAST(hash({0}) >> {1} AS BIGINT) AS part, count(*) AS n FROM t WHERE {0} IS NOT NULL "
      "GROUP BY part ORDER BY n DESC, part LIMIT {2}",
      column, kShift, kParts + 1));
  const auto others = parts.size() > kParts ? parts.back()[1] : 0;
  std::vector<std::string> looked_at;
  for (std::size_t i = 0; i < parts.size() && i < kParts; ++i)
    if (parts[i][1] > others) looked_at.push_back(std::to_string(parts[i][0]));
  if (looked_at.empty()) return;
  for (const auto& row : engine.rows(fmt::format(
           "SELECT CAST({0} AS VARCHAR), CAST(count(*) AS VARCHAR) FROM t WHERE {0} IS NOT NULL "
           "AND CAST(hash({0}) >> {1} AS BIGINT) IN ({2}) GROUP BY {0} HAVING count(*) > {3} "
           "ORDER BY count(*) DESC, {0} LIMIT {4}",
           column, kShift, join(looked_at, ", "), others, kTopValues)))
    result.top.emplace_back(*row[0], std::stoll(*row[1]));
}

void profile_sketched(ColumnProfile& result, const Table& table, const std::string& column,
                      double estimate) {
  auto& engine = table.state().engine;
  const auto wanted = wanted_of(result.type, column, "1");
  const auto facts = engine.rows(fmt::format(
      "SELECT CAST(count({0}) AS VARCHAR), CAST({1} AS VARCHAR), CAST({2} AS VARCHAR), CAST({3} AS "
      "VARCHAR), CAST({4} AS VARCHAR), CAST({5} AS VARCHAR) FROM t",
      column, wanted.least, wanted.most, wanted.shortest, wanted.longest, wanted.characters));
  read_facts(result, facts.at(0), table.rows());
  // No more than there are rows, whatever the sketch believes.
  result.distinct =
      std::min(std::llround(estimate), static_cast<long long>(table.rows() - result.nulls));
  result.distinct_error = HyperLogLog::kRelativeError;
  if (has_top(result.type)) find_top(result, engine, column);
}

}  // namespace

void profile_values(ColumnProfile& result, const Table& table, std::size_t index,
                    const ProfileOptions& options) {
  const auto column = sql_column(index);
  if (table.rows() > options.exact_rows) {
    const double estimate = sketch_of(table.state().engine, column).estimate();
    if (estimate > static_cast<double>(options.exact_values))
      return profile_sketched(result, table, column, estimate);
  }
  profile_groups(result, table, index);
}

}  // namespace mlo::data
