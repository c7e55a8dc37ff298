#pragma once

#include <vector>

#include "data/engine.h"
#include "mlo/data/contract.h"

// Parts of a check that do not depend on how the rows are read.

namespace mlo::data {

/// Columns that are missing, and those that the contract does not know: two results.
std::vector<CheckResult> judge_columns(const Contract& contract,
                                       const std::vector<Column>& columns);
CheckResult judge_row_count(std::int64_t least, std::int64_t rows);

/// A pattern that RE2 cannot read would fail the whole query without naming its column: throws
/// bad_input that does. What is simple enough becomes a function of the engine, `test_of` it.
void check_pattern(Engine& engine, const ColumnRule& column);

}  // namespace mlo::data
