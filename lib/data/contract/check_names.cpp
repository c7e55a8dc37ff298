#include "data/contract/check_names.h"

#include <algorithm>
#include <utility>

#include "data/contract/byte_pattern.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

/// One verdict over all columns: how many names there are that should not be.
CheckResult judge_names(std::string name, std::string severity, std::string_view problem,
                        const std::vector<std::string>& names) {
  CheckResult result{.name = std::move(name), .severity = std::move(severity)};
  result.passed = names.empty();
  result.value = static_cast<std::int64_t>(names.size());
  result.threshold = 0;
  if (!names.empty()) result.message = fmt::format("{}: {}", problem, join(names, ", "));
  return result;
}

CheckResult missing_columns(const Contract& contract, const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const auto& column : contract.columns)
    if (std::ranges::find(columns, column.name, &Column::name) == columns.end())
      names.push_back(column.name);
  return judge_names("columns: present", "error", "missing", names);
}

CheckResult unexpected_columns(const Contract& contract, const std::vector<Column>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) {
    const bool known = std::any_of(contract.columns.begin(), contract.columns.end(),
                                   [&](const auto& rule) { return rule.name == column.name; });
    if (!known) names.push_back(column.name);
  }
  return judge_names("columns: expected", "warn", "not in the contract", names);
}

}  // namespace

std::vector<CheckResult> judge_columns(const Contract& contract,
                                       const std::vector<Column>& columns) {
  return {missing_columns(contract, columns), unexpected_columns(contract, columns)};
}

CheckResult judge_row_count(std::int64_t least, std::int64_t rows) {
  CheckResult result{.name = "rows: minimum"};
  result.value = rows;
  result.threshold = least;
  result.passed = rows >= least;
  return result;
}

void check_pattern(Engine& engine, const ColumnRule& column) {
  if (!column.pattern) return;
  try {
    engine.run(fmt::format("SELECT regexp_full_match('', {})", sql_text(*column.pattern)));
  } catch (const Error& error) {
    const auto& message = error.message();  // "Invalid Input Error: missing ): ("
    const auto reason = std::min(message.find(": "), message.size());
    throw Error(ErrorKind::bad_input, "{}column '{}': pattern '{}' is no regular expression{}",
                column.place.prefix(), column.name, *column.pattern,
                message.substr(reason, message.find('\n') - reason))
        .hint("see https://github.com/google/re2/wiki/Syntax");
  }
  if (auto bytes = BytePattern::compile(*column.pattern))
    engine.define(test_of(*column.pattern), [bytes = *std::move(bytes)](std::string_view text) {
      return bytes.matches(text);
    });
}

}  // namespace mlo::data
