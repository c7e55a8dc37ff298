#pragma once

#include <string>
#include <string_view>

#include "mlo/data/table.h"

namespace mlo::data {

/// The ColumnType of DuckDB's type name ("BIGINT", "DECIMAL(18,3)", "TIMESTAMP WITH TIME ZONE").
ColumnType column_type(std::string_view engine_type);
/// Whether DuckDB's type is one of decimal fractions, which a double may not tell apart.
bool is_decimal(std::string_view engine_type);
/// DuckDB's type for a declared one.
std::string_view engine_type(ColumnType type);

/// An SQL expression: `value` (of type `from`) as type `to`, NULL where it does not fit.
/// Stricter than DuckDB's own cast, which rounds '3.5' to the integer 4.
std::string try_cast(const std::string& value, ColumnType from, ColumnType to);

/// An SQL expression: `value`, a text or a key, as what values of a column of `type` are compared
/// with, so that 1 is 1.0 and whole numbers of up to 128 bits are told apart; NULL where it is no
/// number.
std::string comparable(const std::string& value, ColumnType type);

/// "a whole number", for messages.
std::string_view noun_of(ColumnType type);

}  // namespace mlo::data
