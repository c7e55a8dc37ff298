#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <duckdb.h>

// Functions of SQL that are ours: what DuckDB has would take several passes over a column for them.

namespace mlo::data {

/// `name(VARCHAR)`: what `test` says of a text, NULL of NULL. `test` is asked by several threads.
void add_test(duckdb_connection connection, const std::string& name,
              std::function<bool(std::string_view)> test);

/// `mlo_whole(DOUBLE)`: the whole number as BIGINT. What is none, or so large that a double may
/// have rounded it, ends the statement with bad_input.
void add_whole(duckdb_connection connection);

}  // namespace mlo::data
