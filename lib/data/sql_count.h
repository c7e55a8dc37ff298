#pragma once

#include <string>
#include <string_view>

#include <fmt/core.h>

namespace mlo::data {

/// SQL: how many rows `condition` is true for. Without FILTER: each of those keeps a chunk of all
/// columns that its statement reads, which for thousands of them is their number squared.
inline std::string sql_count(std::string_view condition) {
  return fmt::format("count(CASE WHEN {} THEN true END)", condition);
}

}  // namespace mlo::data
