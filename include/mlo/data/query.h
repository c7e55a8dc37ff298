#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/table.h"

// SQL of somebody's over tables: it can read them and nothing else, and ends in time.

namespace mlo::data {

/// A table under the name that the query calls it by.
struct QueryTable {
  std::string name;
  std::filesystem::path source;
  ReadOptions reading = {};
};

/// "customers=data/c.csv" cut at its '='; without a name the file's own up to its first dot, with
/// '_' for what no plain SQL name holds.
struct NamedSource {
  std::string name;
  std::string source;
};
NamedSource parse_named_source(const std::string& typed);

struct QueryOptions {
  std::chrono::milliseconds time{60'000};  ///< zero: as long as it likes
  std::int64_t max_rows = 1000;            ///< zero: all
  int threads = 0;
  std::stop_token stop = {};
  std::filesystem::path scratch = {};
};

struct QueryResult {
  struct Column {
    std::string name;  ///< different from the others': a second `a` is `a_1`
    std::string type;  ///< as DuckDB calls it
  };
  std::vector<Column> columns;
  std::vector<std::vector<Json>> rows;  ///< numbers and booleans as such, the rest as text
  bool truncated = false;               ///< there are more rows than wanted
};

/// Answers one SELECT over `tables`; the first is also called `t`. Columns have their names, which
/// SQL compares without case: a second `A` is `A_1`. Files, network, extensions, settings and other
/// databases are out of reach. Throws not_allowed for more than reading, bad_input for what cannot
/// be understood, unavailable when it takes too long or too much memory, interrupted.
QueryResult query(const std::string& sql, const std::vector<QueryTable>& tables,
                  const QueryOptions& options = {});

/// RFC 4180 with a header; NULL is an empty field, empty text is "".
std::string to_csv(const QueryResult& result);

}  // namespace mlo::data
