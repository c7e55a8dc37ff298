#include "data/contract/rules.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "data/contract/byte_pattern.h"
#include "data/contract/figure.h"
#include "data/convert.h"
#include "data/engine.h"
#include "data/sql_count.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

Json count_of(const std::optional<std::string>&, std::int64_t failing, std::int64_t) {
  return failing;
}
bool none_fails(std::int64_t failing, std::int64_t) {
  return failing == 0;
}

/// Writes the rules of one column.
class Writer {
 public:
  Writer(const ColumnRule& column, const std::string& name, ColumnType found, Missing missing)
      : column_(column),
        found_(found),
        // NaN is how numbers say that a value is missing.
        present_(found == ColumnType::number && missing == Missing::null_or_nan
                     ? fmt::format("nullif({}, 'nan'::DOUBLE)", name)
                     : name),
        typed_(try_cast(present_, found, column.type)) {}

  std::vector<Rule> write() {
    const auto missing = fmt::format("{} IS NULL", present_);
    add_type();
    const auto nulls = fmt::format("count(*) - count({})", present_);
    if (column_.required) add("required", 0, missing).quick = nulls;
    if (column_.max_null_share) add_null_share(missing, *column_.max_null_share);
    if (column_.unique) add_unique();
    if (column_.minimum) add_bound("minimum", "min", "<", *column_.minimum);
    if (column_.maximum) add_bound("maximum", "max", ">", *column_.maximum);
    if (column_.above) add_bound("exclusive minimum", "min", "<=", *column_.above);
    if (column_.below) add_bound("exclusive maximum", "max", ">=", *column_.below);
    if (column_.multiple_of) add_multiple(*column_.multiple_of);
    const auto length = fmt::format("length(CAST({} AS VARCHAR))", present_);
    if (column_.min_length)
      add("minimum length", *column_.min_length,
          fmt::format("{} < {}", length, *column_.min_length));
    if (column_.max_length)
      add("maximum length", *column_.max_length,
          fmt::format("{} > {}", length, *column_.max_length));
    if (!column_.values.empty()) add_values();
    if (column_.pattern) add_pattern(*column_.pattern);
    return std::move(rules_);
  }

 private:
  Rule& add(std::string_view what, Json threshold, const std::string& fails) {
    return rules_.emplace_back(Rule{
        .name = fmt::format("{}: {}", column_.name, what),
        .severity = column_.severity,
        .threshold = std::move(threshold),
        .count = sql_count(fails),
        .figure = "NULL",
        .failing_rows =
            fmt::format("SELECT rowid + 1 AS row, CAST({} AS VARCHAR) AS value FROM t WHERE {}",
                        present_, fails),
        .value = count_of,
        .holds = none_fails});
  }

  [[nodiscard]] std::string misfit() const {
    if (typed_ == present_) return "false";
    return fmt::format("{} IS NOT NULL AND ({}) IS NULL", present_, typed_);
  }

  /// Where files are read as the declared type, whatever does not fit ends the question.
  void add_type() {
    auto& rule = add("type", Json(name_of(column_.type)), misfit());
    rule.value = [found = found_](auto&&...) { return Json(name_of(found)); };
    if (typed_ != present_) return;
    rule.quick = "0";
    // Else nobody would ask for an optional column without bounds, and the engine not read it.
    if (column_.type != ColumnType::text) rule.figure = fmt::format("count({})", present_);
  }

  void add_null_share(const std::string& missing, double limit) {
    const auto share = [](std::int64_t failing, std::int64_t rows) {
      return rows == 0 ? 0.0 : static_cast<double>(failing) / static_cast<double>(rows);
    };
    auto& rule = add("null share", limit, missing);
    rule.value = [share](const auto&, std::int64_t failing, std::int64_t rows) {
      return Json(share(failing, rows));
    };
    rule.holds = [share, limit](std::int64_t failing, std::int64_t rows) {
      return share(failing, rows) <= limit;
    };
  }

  /// Rows that repeat an earlier row's value fail; missing values repeat nothing.
  void add_unique() {
    auto& rule = add("unique", 0, "false");
    rule.count = fmt::format("count({0}) - count(DISTINCT {0})", present_);
    rule.failing_rows = fmt::format(
        "SELECT row, value FROM (SELECT rowid + 1 AS row, CAST({0} AS VARCHAR) AS value, "
        "row_number() OVER (PARTITION BY {0} ORDER BY rowid) AS turn FROM t WHERE {0} IS NOT NULL) "
        "WHERE turn > 1",
        present_);
  }

  /// A value fails that is `beyond` the limit; when any is, the least or largest of them is.
  void add_bound(std::string_view what, std::string_view aggregate, std::string_view beyond,
                 const Bound& limit) {
    const auto fails = [&](const std::string& value) {
      return fmt::format("{} {} {}", value, beyond, literal(limit));
    };
    auto& rule = add(what, limit.json(), fails(typed_));
    rule.figure = fmt::format("{}({})", aggregate, typed_);
    rule.quick = fmt::format("CAST(coalesce({}, false) AS BIGINT)", fails(rule.figure));
    rule.value = [](const std::optional<std::string>& figure, std::int64_t, std::int64_t) {
      return figure_of(figure);
    };
  }

  /// Whole numbers are compared as such: doubles do not tell 2^53 from the next one.
  [[nodiscard]] std::string literal(const Bound& limit) const {
    const auto whole = limit.json();
    return column_.type == ColumnType::integer && whole.is_integer() ? whole.dump()
                                                                     : sql_number(limit.number());
  }

  /// Multiples are as close to a whole quotient as doubles are to decimal fractions: 0.3 is one of
  /// 0.1.
  void add_multiple(double step) {
    const auto quotient = fmt::format("({} / {})", typed_, sql_number(step));
    add("multiple of", step,
        fmt::format("abs({0} - round({0})) > 1e-9 * greatest(1, abs({0}))", quotient));
  }

  void add_values() {
    std::vector<std::string> listed;
    Json threshold = Json::array();
    for (const auto& value : column_.values) {
      // A word among numbers matches nothing, rather than failing the whole query.
      listed.push_back(comparable(sql_text(value), column_.type));
      threshold.add(value);
    }
    const bool is_numeric =
        column_.type == ColumnType::integer || column_.type == ColumnType::number;
    const auto compared = is_numeric ? typed_ : fmt::format("CAST({} AS VARCHAR)", typed_);
    add("values", std::move(threshold),
        fmt::format("{0} IS NOT NULL AND NOT coalesce({0} IN ({1}), false)", compared,
                    join(listed, ", ")));
  }

  /// `check_pattern` has made the function of a simple one known.
  void add_pattern(const std::string& pattern) {
    const auto text = fmt::format("CAST({} AS VARCHAR)", present_);
    add("pattern", pattern,
        BytePattern::compile(pattern)
            ? fmt::format("NOT {}({})", test_of(pattern), text)
            : fmt::format("NOT regexp_full_match({}, {})", text, sql_text(pattern)));
  }

  const ColumnRule& column_;
  ColumnType found_;
  std::string present_;  ///< SQL: the value, NULL when missing
  std::string typed_;    ///< SQL: the value as the rule's type, NULL when it does not fit
  std::vector<Rule> rules_;
};

}  // namespace

std::vector<Rule> rules_of(const ColumnRule& column, const std::string& name, ColumnType found,
                           Missing missing) {
  return Writer(column, name, found, missing).write();
}

}  // namespace mlo::data
