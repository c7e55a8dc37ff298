#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data/engine.h"
#include "mlo/data/checks.h"

namespace mlo::data {

/// SQL names of the columns that the settings name, else of all; those called `left_out` never.
std::vector<std::size_t> chosen_columns(const CheckInput& input, std::string_view left_out = {});

/// SQL: a column's value as text that is equal when values are, whatever the numeric type; a
/// missing value, NaN too, is a text that no value has.
std::string exact_text(const Table& table, std::size_t column);
/// SQL: numbers to four significant figures, text without case, spaces and punctuation.
std::string rough_text(const Table& table, std::size_t column);

/// SQL: 62 bits of a hash of the texts of `columns`. Two given rows that differ share one with
/// probability 2^-62; nothing here guards against rows that are made to collide.
std::string row_hash(const Table& table, const std::vector<std::size_t>& columns,
                     std::string (*text)(const Table&, std::size_t));

/// `count` of rows as a result with a limit on their share, 0 unless set; `failing` is a query
/// for the failing rows' numbers from 1 as `row`.
CheckResult judge_share(const CheckInput& input, std::string name, std::int64_t count,
                        const std::string& failing);

}  // namespace mlo::data
