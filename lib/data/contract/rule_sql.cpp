#include "data/contract/rule_sql.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "data/convert.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

using Kind = QualityRule::Kind;

/// `sql` of a stranger, ended by a line so that a comment in it ends there too.
std::string enclosed(const std::string& sql) {
  return fmt::format("({}\n)", sql);
}

std::string text_list(const std::vector<std::string>& values) {
  std::vector<std::string> listed;
  listed.reserve(values.size());
  for (const auto& value : values) listed.push_back(sql_text(value));
  return join(listed, ", ");
}

bool is_numeric(ColumnType type) {
  return type == ColumnType::integer || type == ColumnType::number;
}

/// Whether the value is one of those listed: numbers as numbers, so that 1 is 1.0.
std::string is_listed(const QualityRule& rule, const RowsView& view,
                      const std::vector<std::string>& values) {
  const auto column = view.column(rule.column);
  if (!is_numeric(view.type(rule.column)))
    return fmt::format("CAST({} AS VARCHAR) IN ({})", column, text_list(values));
  std::vector<std::string> numbers;
  numbers.reserve(values.size());
  for (const auto& value : values)
    numbers.push_back(comparable(sql_text(value), view.type(rule.column)));
  return fmt::format("coalesce({} IN ({}), false)", column, join(numbers, ", "));
}

std::string keys_of(const QualityRule& rule, const RowsView& view, std::string_view separator,
                    std::string_view ending = "") {
  std::vector<std::string> keys;
  for (const auto& name : rule.columns) keys.push_back(view.column(name) + std::string(ending));
  return join(keys, separator);
}

/// Rows that the rule is about, with what its predicate needs beside their columns.
std::string relation(const QualityRule& rule, const RowsView& view) {
  std::string extra;
  if (rule.kind == Kind::duplicates) {
    extra = fmt::format(", row_number() OVER (PARTITION BY {} ORDER BY mlo_row) AS mlo_turn",
                        keys_of(rule, view, ", "));
  } else if (rule.kind == Kind::order) {
    const auto within =
        rule.by.empty() ? "" : fmt::format("PARTITION BY {} ", view.column(rule.by));
    extra = fmt::format(", lag({} IGNORE NULLS) OVER ({}ORDER BY mlo_row) AS mlo_before",
                        view.column(rule.column), within);
  }
  const auto where = rule.where.empty() ? "" : " WHERE " + enclosed(rule.where);
  return fmt::format("(SELECT *{} FROM mlo_rows{}) AS mlo_base", extra, where);
}

std::string unreferred(const QualityRule& rule, const RowsView& view) {
  std::vector<std::string> same;
  for (std::size_t i = 0; i < rule.columns.size(); ++i) {
    const auto column = view.column(rule.columns[i]);
    // Beside numbers that look different (1, 1.0), keys of different types are compared as text.
    const auto type = view.type(rule.columns[i]);
    same.push_back(
        is_numeric(type)
            ? fmt::format("{} = mlo_base.{}", comparable(fmt::format("target.k{}", i), type),
                          column)
            : fmt::format("CAST(target.k{} AS VARCHAR) = CAST(mlo_base.{} AS VARCHAR)", i, column));
  }
  return fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS target WHERE {})",
                     keys_of(rule, view, " AND ", " IS NOT NULL"), view.target(rule),
                     join(same, " AND "));
}

/// SQL that is true for the rows of `relation` that fail.
std::string fails(const QualityRule& rule, const RowsView& view) {
  const auto column = rule.column.empty() ? std::string() : view.column(rule.column);
  switch (rule.kind) {
    case Kind::missing:
      if (rule.values.empty()) return column + " IS NULL";
      return fmt::format("{} IS NULL OR {}", column, is_listed(rule, view, rule.values));
    case Kind::invalid: {
      std::vector<std::string> faults;
      if (!rule.values.empty())
        faults.push_back(fmt::format("NOT {}", is_listed(rule, view, rule.values)));
      if (!rule.pattern.empty())
        faults.push_back(fmt::format("NOT regexp_full_match(CAST({} AS VARCHAR), {})", column,
                                     sql_text(rule.pattern)));
      return fmt::format("{} IS NOT NULL AND ({})", column, join(faults, " OR "));
    }
    case Kind::duplicates:
      return keys_of(rule, view, " AND ", " IS NOT NULL") + " AND mlo_turn > 1";
    case Kind::order: {
      const bool strict = rule.order.starts_with("strictly");
      const bool up = rule.order.ends_with("increasing");
      return fmt::format("{} {}{} mlo_before", column, up ? "<" : ">", strict ? "=" : "");
    }
    case Kind::reference: return unreferred(rule, view);
    case Kind::expression:
      return fmt::format("NOT coalesce(CAST({} AS BOOLEAN), true)", enclosed(view.fill_in(rule)));
    default: return "false";
  }
}

/// An aggregate over `relation`.
std::string aggregate(const QualityRule& rule, const RowsView& view, Timestamp now) {
  if (rule.kind == Kind::rows) return "count(*)";
  const auto column = view.column(rule.column);
  const auto type = view.type(rule.column);
  if (rule.kind == Kind::freshness) {
    if (type != ColumnType::date && type != ColumnType::timestamp)
      throw Error(ErrorKind::bad_input, "'{}' holds no times", rule.column);
    return fmt::format("{} - epoch(max({}))",
                       sql_number(static_cast<double>(now.microseconds) / 1e6), column);
  }
  if (rule.statistic == "distinct") return fmt::format("count(DISTINCT {})", column);
  if (!is_numeric(type)) throw Error(ErrorKind::bad_input, "'{}' holds no numbers", rule.column);
  const auto value = fmt::format("CAST({} AS DOUBLE)", column);
  if (rule.statistic == "mean") return fmt::format("avg({} ORDER BY mlo_row)", value);
  if (rule.statistic == "std") return fmt::format("stddev_samp({} ORDER BY mlo_row)", value);
  if (rule.statistic == "sum") return fmt::format("sum({} ORDER BY mlo_row)", value);
  if (rule.statistic == "min" || rule.statistic == "max")
    return fmt::format("{}({})", rule.statistic, value);
  return fmt::format("quantile_cont({}, {})", value,
                     sql_number(rule.statistic == "median" ? 0.5 : rule.level));
}

/// What stands in the columns that a rule is about; of a row's expression nothing.
std::string value_text(const QualityRule& rule, const RowsView& view) {
  auto names = rule.columns;
  if (names.empty() && !rule.column.empty()) names.push_back(rule.column);
  if (names.empty()) return "NULL";
  std::vector<std::string> values;
  values.reserve(names.size());
  for (const auto& name : names)
    values.push_back(fmt::format("CAST({} AS VARCHAR)", view.column(name)));
  return values.size() == 1 ? values.front()
                            : fmt::format("concat_ws(', ', {})", join(values, ", "));
}

std::string group_text(const QualityRule& rule, const RowsView& view) {
  return splits(rule) ? fmt::format("CAST({} AS VARCHAR)", view.column(rule.by)) : "NULL";
}

}  // namespace

std::vector<std::string> columns_of(const QualityRule& rule) {
  auto names = rule.columns;
  if (!rule.column.empty() && names.empty()) names.push_back(rule.column);
  if (!rule.by.empty()) names.push_back(rule.by);
  return names;
}

bool counts_rows(const QualityRule& rule) {
  return rule.kind != Kind::rows && rule.kind != Kind::statistic && rule.kind != Kind::freshness &&
         rule.kind != Kind::query;
}

bool splits(const QualityRule& rule) {
  return !rule.by.empty() && rule.kind != Kind::order;
}

std::string figure_sql(const QualityRule& rule, const RowsView& view, Timestamp now) {
  const auto group = group_text(rule, view);
  const std::string ending = splits(rule) ? " GROUP BY 1 ORDER BY 1 NULLS FIRST" : "";
  const auto rows = relation(rule, view);
  if (!counts_rows(rule))
    return fmt::format("SELECT {}, {}, 0 FROM {}{}", group, aggregate(rule, view, now), rows,
                       ending);
  // Of duplicates the keys that are there more than once are counted, as the standard's own checker
  // counts them.
  const std::string counted = rule.kind == Kind::duplicates
                                  ? fmt::format("count(*) FILTER (WHERE mlo_turn = 2 AND {})",
                                                keys_of(rule, view, " AND ", " IS NOT NULL"))
                                  : "count(*) FILTER (WHERE mlo_fails)";
  const auto figure =
      rule.percent
          ? fmt::format("CASE WHEN count(*) = 0 THEN 0 ELSE 100.0::DOUBLE * {} / count(*) END",
                        counted)
          : counted;
  return fmt::format(
      "SELECT {}, {}, count(*) FILTER (WHERE mlo_fails) FROM (SELECT *, ({}) AS mlo_fails FROM {})"
      " AS mlo_judged{}",
      group, figure, fails(rule, view), rows, ending);
}

bool folds(const QualityRule& rule) {
  // Sums need the rows' order to end in the same digits.
  const bool sums = rule.statistic == "mean" || rule.statistic == "std" || rule.statistic == "sum";
  return rule.by.empty() && !sums && rule.kind != Kind::query && rule.kind != Kind::order &&
         rule.kind != Kind::duplicates && rule.kind != Kind::reference;
}

std::optional<Folded> fold(const QualityRule& rule, const RowsView& view, Timestamp now) {
  for (const auto& name : columns_of(rule))
    if (!view.has(name)) return std::nullopt;
  const auto where = rule.where.empty() ? std::string("true") : enclosed(rule.where);
  if (!counts_rows(rule)) {
    const auto filter = fmt::format(" FILTER (WHERE {})", where);
    const auto freshness = rule.kind == Kind::freshness;
    const auto asked = aggregate(rule, view, now);
    // The filter belongs to the aggregate, which for freshness stands inside.
    return Folded{freshness ? asked.substr(0, asked.size() - 1) + filter + ")" : asked + filter,
                  "0"};
  }
  const auto failing = fmt::format("count(*) FILTER (WHERE {} AND ({}))", where, fails(rule, view));
  const auto rows = fmt::format("count(*) FILTER (WHERE {})", where);
  if (!rule.percent) return Folded{failing, failing};
  return Folded{
      fmt::format("CASE WHEN {0} = 0 THEN 0 ELSE 100.0::DOUBLE * {1} / {0} END", rows, failing),
      failing};
}

std::string failing_rows_sql(const QualityRule& rule, const RowsView& view,
                             const Engine::Text& group, int limit) {
  std::string within;
  if (splits(rule))
    within = fmt::format(" AND {} IS NOT DISTINCT FROM {}", group_text(rule, view),
                         group ? sql_text(*group) : "NULL");
  return fmt::format(
      "SELECT mlo_row, {} FROM (SELECT *, ({}) AS mlo_fails FROM {}) AS mlo_judged WHERE "
      "mlo_fails{} ORDER BY mlo_row LIMIT {}",
      value_text(rule, view), fails(rule, view), relation(rule, view), within, limit);
}

}  // namespace mlo::data
