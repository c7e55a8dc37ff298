#include <functional>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

// Among fewer rows values differ by chance, and one value may be all there was to see.
constexpr std::int64_t kLeastRows = 20;
constexpr double kIdentifierShare = 0.95;

struct Distinct {
  std::size_t column = 0;
  std::int64_t present = 0;
  std::int64_t values = 0;
};

std::vector<Distinct> distinct_of(const CheckInput& input) {
  std::vector<Distinct> all;
  for (const auto column : chosen_columns(input, input.settings.label)) {
    const auto row = input.table.state()
                         .engine
                         .counts(fmt::format("SELECT count({0}), count(DISTINCT {0}) FROM t",
                                             sql_column(column)))
                         .at(0);
    all.push_back({column, row[0], row[1]});
  }
  return all;
}

/// One result that counts and names the columns of which `is_bad`.
CheckResult judge_columns(const CheckInput& input, std::string name,
                          const std::function<bool(const Distinct&)>& is_bad) {
  std::vector<std::string> names;
  if (input.table.rows() >= kLeastRows) {
    for (const auto& one : distinct_of(input))
      if (is_bad(one)) names.push_back(input.table.columns()[one.column].name);
  }
  const double limit = input.settings.limit.value_or(0);
  CheckResult result{.name = std::move(name)};
  result.value = static_cast<std::int64_t>(names.size());
  result.threshold = limit;
  result.passed = static_cast<double>(names.size()) <= limit;
  result.message = join(names, ", ");
  return result;
}

/// Columns with one value at most, from 20 rows on: nothing can be learnt from them.
std::vector<CheckResult> constant_columns(const CheckInput& input) {
  return {judge_columns(input, "constant columns",
                        [](const Distinct& one) { return one.values <= 1; })};
}

/// Whole numbers or texts of which 95 % are different, from 20 rows on: a model learns rows by
/// heart from them.
std::vector<CheckResult> identifier_columns(const CheckInput& input) {
  return {judge_columns(input, "identifier columns", [&](const Distinct& one) {
    const auto type = input.table.columns()[one.column].type;
    return (type == ColumnType::integer || type == ColumnType::text) && one.present >= kLeastRows &&
           static_cast<double>(one.values) >= kIdentifierShare * static_cast<double>(one.present);
  })};
}

const bool kConstant =
    table_checks().add("constant_columns", {.severity = "warn", .run = constant_columns});
const bool kIdentifier =
    table_checks().add("identifier_columns", {.severity = "warn", .run = identifier_columns});

}  // namespace

}  // namespace mlo::data
