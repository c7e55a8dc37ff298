#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/profile.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// What one column must hold; absent means unbounded.
struct ColumnRule {
  std::string name;
  ColumnType type = ColumnType::other;
  bool required = false;  ///< no nulls
  bool unique = false;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::vector<std::string> values;     ///< the only ones allowed; empty: any
  std::optional<std::string> pattern;  ///< regular expression (RE2), whole value
  std::optional<double> max_null_share;
  std::string severity = "error";  ///< error, warn
};

/// A data contract in the Open Data Contract Standard 3.1 (`schemas/*.yaml`).
struct Contract {
  std::string id;
  std::string name;  ///< of its one table
  std::string version = "1.0.0";
  std::vector<ColumnRule> columns;
  std::optional<std::int64_t> min_rows;

  /// For Table::open: the contract's types.
  [[nodiscard]] std::map<std::string, ColumnType> types() const;
};

/// Bounds that hold for the profiled data and leave room for the next batch.
Contract infer_contract(const Profile& profile, std::string name);
/// Throws bad_input naming line, key and the nearest known key.
Contract parse_contract(std::string_view text, std::string source);
std::string format_contract(const Contract& contract);

struct CheckResult {
  std::string name;    ///< "mean_radius: minimum"
  std::string target;  ///< the table's file
  std::string severity = "error";
  bool passed = false;
  Json value;
  Json threshold;
  std::optional<std::int64_t> failing_rows;
  std::vector<std::int64_t> sample;      ///< first failing rows, from 1
  std::vector<std::int64_t> lines = {};  ///< of the sample in its file, from 1; may be unknown
  std::string message;
};

/// True when no check of severity error failed.
bool passed(std::span<const CheckResult> results);

/// Every rule as one result, in the contract's order; missing and unexpected columns come first.
std::vector<CheckResult> check(const Contract& contract, const Table& table,
                               std::string_view target);
/// Opens `source` with the contract's types (whatever `reading` says of them) and checks it; text
/// that does not fit its type is a failed check, not an exception.
std::vector<CheckResult> check_file(const Contract& contract, const std::filesystem::path& source,
                                    std::string_view target, const ReadOptions& reading = {});

}  // namespace mlo::data
