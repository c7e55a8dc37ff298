#include "data/checks/rows.h"

#include <utility>

#include <fmt/core.h>

#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr int kSample = 5;

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number;
}

/// A missing value is another text than an empty one, and a value's text begins with '='.
std::string marked(const std::string& text) {
  return fmt::format("coalesce('=' || {}, '-')", text);
}

}  // namespace

std::vector<std::size_t> chosen_columns(const CheckInput& input, std::string_view left_out) {
  std::vector<std::size_t> chosen;
  for (const auto& name : input.settings.columns)
    chosen.push_back(input.table.state().index_of(name));
  if (!input.settings.columns.empty()) return chosen;
  const auto& columns = input.table.columns();
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name != left_out) chosen.push_back(i);
  return chosen;
}

std::string exact_text(const Table& table, std::size_t column) {
  const auto name = sql_column(column);
  if (!is_numeric(table.columns()[column].type))
    return marked(fmt::format("CAST({} AS VARCHAR)", name));
  // + 0 makes -0 and 0 one.
  return marked(
      fmt::format("CAST(nullif(CAST({} AS DOUBLE), 'nan'::DOUBLE) + 0 AS VARCHAR)", name));
}

std::string rough_text(const Table& table, std::size_t column) {
  const auto name = sql_column(column);
  const auto type = table.columns()[column].type;
  if (is_numeric(type))
    return marked(
        fmt::format("printf('%.3e', nullif(CAST({} AS DOUBLE), 'nan'::DOUBLE) + 0)", name));
  if (type == ColumnType::text)
    return marked(fmt::format("regexp_replace(lower({}), '[\\s[:punct:]]+', '', 'g')", name));
  return exact_text(table, column);
}

std::string row_hash(const Table& table, const std::vector<std::size_t>& columns,
                     std::string (*text)(const Table&, std::size_t)) {
  std::vector<std::string> texts;
  texts.reserve(columns.size());
  for (const auto column : columns) texts.push_back(text(table, column));
  if (texts.empty()) return "0::BIGINT";
  // As values of one function, so that no text can pretend to be two.
  return fmt::format("CAST(hash({}) >> 2 AS BIGINT)", join(texts, ", "));
}

CheckResult judge_share(const CheckInput& input, std::string name, std::int64_t count,
                        const std::string& failing) {
  const double limit = input.settings.limit.value_or(0);
  const auto rows = input.table.rows();
  const double share = rows == 0 ? 0 : static_cast<double>(count) / static_cast<double>(rows);
  CheckResult result{.name = std::move(name)};
  result.value = share;
  result.threshold = limit;
  result.failing_rows = count;
  result.passed = share <= limit;
  if (count == 0) return result;
  for (const auto& row : input.table.state().engine.counts(
           fmt::format("SELECT row FROM ({}) ORDER BY row LIMIT {}", failing, kSample)))
    result.sample.push_back(row[0]);
  return result;
}

}  // namespace mlo::data
