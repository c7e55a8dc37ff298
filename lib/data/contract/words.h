#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlo/data/table.h"

namespace mlo::data {

constexpr std::string_view kApiVersion = "v3.1.0";
constexpr std::string_view kSeverity = "severity";  ///< of customProperties

/// ODCS's logicalType for ours, and back; "time", "object" and "array" are read as `other`.
std::string_view logical_type(ColumnType type);
std::optional<ColumnType> parse_logical_type(std::string_view text);
std::vector<std::string> logical_types();

}  // namespace mlo::data
