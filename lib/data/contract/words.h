#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlo/data/contract.h"
#include "mlo/data/table.h"

namespace mlo::data {

constexpr std::string_view kApiVersion = "v3.1.0";
constexpr std::string_view kEngine = "mlo";  ///< of quality rules of type custom

// Of customProperties.
constexpr std::string_view kSeverity = "severity";
constexpr std::string_view kOwner = "owner";
constexpr std::string_view kReason = "reason";
constexpr std::string_view kWhere = "where";
constexpr std::string_view kBy = "by";
constexpr std::string_view kSource = "source";

/// ODCS's logicalType for ours, and back; "time", "object" and "array" are read as `other`.
std::string_view logical_type(ColumnType type);
std::optional<ColumnType> parse_logical_type(std::string_view text);
std::vector<std::string> logical_types();

/// "mustBe", "mustBeGreaterThan", …
std::string_view odcs_operator(Condition::Operator comparison);
std::optional<Condition::Operator> parse_odcs_operator(std::string_view text);

/// What `statistic` and `order` of a rule may say.
const std::vector<std::string>& statistic_names();
const std::vector<std::string>& order_names();

/// What reports call a rule whose contract does not name it: "amount: mean", "a <= b".
std::string name_of(const QualityRule& rule);

}  // namespace mlo::data
