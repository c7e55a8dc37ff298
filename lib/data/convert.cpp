#include "data/convert.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace mlo::data {

namespace {

constexpr std::array<std::string_view, 10> kIntegers = {
    "TINYINT",  "SMALLINT",  "INTEGER",  "BIGINT",  "HUGEINT",
    "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"};

/// `text` as `integers`; NULL for 3.5, which DuckDB's own cast rounds to 4.
std::string whole(const std::string& text, std::string_view integers) {
  return fmt::format(
      "CASE WHEN TRY_CAST({0} AS DOUBLE) = floor(TRY_CAST({0} AS DOUBLE)) "
      "THEN TRY_CAST({0} AS {1}) END",
      text, integers);
}

}  // namespace

bool is_decimal(std::string_view engine_type) {
  return engine_type.starts_with("DECIMAL") && !engine_type.ends_with(']');
}

ColumnType column_type(std::string_view engine_type) {
  // Lists and structs of numbers begin like numbers.
  if (engine_type.ends_with(']')) return ColumnType::other;
  if (engine_type == "BOOLEAN") return ColumnType::boolean;
  if (std::find(kIntegers.begin(), kIntegers.end(), engine_type) != kIntegers.end())
    return ColumnType::integer;
  // Account numbers are kept as decimals without places: whole numbers like all others.
  if (is_decimal(engine_type))
    return engine_type.ends_with(",0)") ? ColumnType::integer : ColumnType::number;
  if (engine_type == "DOUBLE" || engine_type == "FLOAT") return ColumnType::number;
  if (engine_type == "VARCHAR" || engine_type == "UUID" || engine_type.starts_with("ENUM"))
    return ColumnType::text;
  if (engine_type == "DATE") return ColumnType::date;
  if (engine_type.starts_with("TIMESTAMP")) return ColumnType::timestamp;
  return ColumnType::other;
}

std::string_view engine_type(ColumnType type) {
  switch (type) {
    case ColumnType::boolean: return "BOOLEAN";
    case ColumnType::integer: return "BIGINT";
    case ColumnType::number: return "DOUBLE";
    case ColumnType::date: return "DATE";
    case ColumnType::timestamp: return "TIMESTAMP";
    case ColumnType::text:
    case ColumnType::other: break;
  }
  return "VARCHAR";
}

std::string try_cast(const std::string& value, ColumnType from, ColumnType to) {
  if (from == to || to == ColumnType::other) return value;
  const bool is_numeric = from == ColumnType::integer || from == ColumnType::number;
  if (is_numeric && to == ColumnType::boolean)
    return fmt::format("CASE WHEN {0} = 0 THEN false WHEN {0} = 1 THEN true END", value);
  if (from == ColumnType::integer && to == ColumnType::number)
    return fmt::format("CAST({} AS DOUBLE)", value);
  if (from == ColumnType::number && to == ColumnType::integer)
    return fmt::format("CASE WHEN {0} = floor({0}) THEN TRY_CAST({0} AS BIGINT) END", value);
  if (from == ColumnType::date && to == ColumnType::timestamp)
    return fmt::format("CAST({} AS TIMESTAMP)", value);
  // The rest by way of text: pairs that DuckDB refuses outright then simply do not fit.
  const auto text = fmt::format("CAST({} AS VARCHAR)", value);
  if (to == ColumnType::integer) return whole(text, "BIGINT");
  return fmt::format("TRY_CAST({} AS {})", text, engine_type(to));
}

std::string comparable(const std::string& value, ColumnType type) {
  if (type == ColumnType::integer) return whole(value, "HUGEINT");
  return type == ColumnType::number ? fmt::format("TRY_CAST({} AS DOUBLE)", value) : value;
}

std::string_view noun_of(ColumnType type) {
  switch (type) {
    case ColumnType::boolean: return "true or false";
    case ColumnType::integer: return "a whole number";
    case ColumnType::number: return "a number";
    case ColumnType::text: return "text";
    case ColumnType::date: return "a date";
    case ColumnType::timestamp: return "a time";
    case ColumnType::other: break;
  }
  return "a value";
}

}  // namespace mlo::data
