#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlo/data/contract.h"

namespace mlo::data {

/// How the values of a column say that they are missing.
enum class Missing { null_or_nan, null };

/// One rule of a column, ready to be counted by SQL over the table `t`.
struct Rule {
  std::string name;
  std::string severity;
  Json threshold;
  std::string count;         ///< aggregate: failing rows
  std::string quick;         ///< aggregate: 0 when none fails, where that is less work; or empty
  std::string figure;        ///< aggregate: what is compared with the threshold, if not `count`
  std::string failing_rows;  ///< query: the failing rows' numbers from 1 as `row`, their `value`
  std::function<Json(const std::optional<std::string>& figure, std::int64_t failing,
                     std::int64_t rows)>
      value;
  std::function<bool(std::int64_t failing, std::int64_t rows)> holds;
};

/// The rules of `column` over the SQL column `name`, whose type in the table is `found`; in the
/// order type, required, null share, unique, bounds, multiple, lengths, values, pattern.
std::vector<Rule> rules_of(const ColumnRule& column, const std::string& name, ColumnType found,
                           Missing missing = Missing::null_or_nan);

}  // namespace mlo::data
