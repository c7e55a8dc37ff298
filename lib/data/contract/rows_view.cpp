#include "data/contract/rows_view.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/core.h>

#include "data/convert.h"
#include "data/sql_name.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

/// Names that our own statements give to what they add to a row.
const std::set<std::string> kTaken = {"mlo_row", "mlo_fails", "mlo_counts", "mlo_turn",
                                      "mlo_before"};

}  // namespace

RowsView::RowsView(const Contract& contract, const Table& table) : table_(sql_name(contract.name)) {
  show_columns(contract, table.state().engine, table.columns(), "rowid + 1 AS mlo_row, ",
               Nan::as_null);
  int beside = 0;
  for (const auto& rule : contract.rules) {
    if (rule.kind != QualityRule::Kind::reference) continue;
    const bool to_itself = rule.table == contract.name;
    std::vector<std::string> keys;
    for (const auto& name : rule.target_columns)
      keys.push_back(fmt::format("{} AS k{}", to_itself ? column(name) : sql_column(keys.size()),
                                 keys.size()));
    table.state().engine.run(
        fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT {} FROM {}", add_target(rule),
                    join(keys, ", "), to_itself ? "mlo_rows" : fmt::format("beside_{}", beside++)));
  }
}

RowsView::RowsView(const Contract& contract, Engine& engine, const std::vector<Column>& columns,
                   Nan nan)
    : table_(sql_name(contract.name)) {
  show_columns(contract, engine, columns, "", nan);
}

const std::string& RowsView::add_target(const QualityRule& rule) {
  return targets_[&rule] = fmt::format("mlo_target_{}", targets_.size());
}

void RowsView::show_columns(const Contract& contract, Engine& engine,
                            const std::vector<Column>& columns, std::string_view number, Nan nan) {
  auto taken = kTaken;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& found = columns[i];
    const auto rule = std::ranges::find(contract.columns, found.name, &ColumnRule::name);
    const auto wanted = rule == contract.columns.end() ? found.type : rule->type;
    auto value = sql_column(i);
    if (found.type == ColumnType::number && nan == Nan::as_null)
      value = fmt::format("nullif({}, 'nan'::DOUBLE)", value);
    const auto name = sql_name(distinct_name(found.name, taken));
    shown.push_back(fmt::format("{} AS {}", try_cast(value, found.type, wanted), name));
    columns_.emplace(found.name, Shown{name, wanted});
  }
  const auto all = join(shown, ", ");
  engine.run(
      fmt::format("CREATE OR REPLACE TEMP VIEW mlo_rows AS SELECT {}{} FROM t", number, all));
  // As a view that name is the engine's: such a table is reached through `with_table`.
  if (lower(contract.name) == "t") table_ = "mlo_table";
  engine.run(fmt::format("CREATE OR REPLACE TEMP VIEW {} AS SELECT {} FROM t", table_, all));
}

bool RowsView::has(std::string_view name) const {
  return columns_.find(name) != columns_.end();
}

std::vector<std::string> RowsView::names() const {
  std::vector<std::string> names;
  for (const auto& [name, shown] : columns_) names.push_back(name);
  return names;
}

std::string RowsView::column(std::string_view name) const {
  return columns_.at(std::string(name)).sql;
}

ColumnType RowsView::type(std::string_view name) const {
  return columns_.at(std::string(name)).type;
}

const std::string& RowsView::target(const QualityRule& rule) const {
  return targets_.at(&rule);
}

std::string RowsView::fill_in(const QualityRule& rule) const {
  static const std::set<std::string, std::less<>> kTables = {"table", "model", "object", "schema"};
  static const std::set<std::string, std::less<>> kColumns = {"column", "field", "property"};
  std::string filled;
  const std::string_view sql = rule.sql;
  for (std::size_t i = 0; i < sql.size();) {
    const std::size_t open = sql[i] == '$' ? i + 1 : i;
    const auto close = open < sql.size() && sql[open] == '{' ? sql.find('}', open) : sql.npos;
    const auto word = close == sql.npos ? "" : sql.substr(open + 1, close - open - 1);
    const bool is_column = kColumns.contains(word) && !rule.column.empty();
    if (!is_column && !kTables.contains(word)) {
      filled += sql[i++];
      continue;
    }
    filled += is_column ? column(rule.column) : table_;
    i = close + 1;
  }
  return filled;
}

std::string RowsView::with_table(const std::string& select) const {
  return fmt::format("WITH t AS (SELECT * FROM {}) {}", table_, select);
}

}  // namespace mlo::data
