#include "data/contract/scan_check.h"

#include <algorithm>
#include <span>
#include <utility>

#include "data/contract/check_names.h"
#include "data/contract/figure.h"
#include "data/contract/rule_sql.h"
#include "data/contract/rules.h"
#include "data/scan.h"
#include "data/sql_name.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMostFigures = 1000;

/// One question over all rows, and how its answers become results in the contract's order.
class Scan {
 public:
  Scan(const Contract& contract, const std::vector<Column>& columns)
      : contract_(contract), columns_(columns) {}

  /// False when a rule cannot be asked in one pass.
  bool ask_about(const RowsView& view, Nan nan, Timestamp now) {
    for (const auto& column : contract_.columns) {
      const auto found = std::ranges::find(columns_, column.name, &Column::name);
      if (found == columns_.end()) return false;
      // Values that do not fit would be seen as missing.
      if (found->type != column.type && column.type != ColumnType::other) return false;
      for (auto& rule :
           rules_of(column, view.column(column.name), view.type(column.name), Missing::null)) {
        figures_.push_back(rule.quick.empty() ? rule.count : rule.quick);
        figures_.push_back(rule.figure);
        rules_.push_back(std::move(rule));
      }
    }
    for (const auto& rule : contract_.rules) {
      auto asked = fold(rule, view, now);
      if (!asked) return false;
      figures_.push_back(std::move(asked->figure));
      figures_.push_back(std::move(asked->failing));
    }
    judged_ = figures_.size();
    // NaN is the largest number.
    for (const auto& column : columns_)
      if (nan == Nan::as_read && column.type == ColumnType::number)
        figures_.push_back(fmt::format("isnan(max({}))", view.column(column.name)));
    return figures_.size() <= kMostFigures;
  }

  [[nodiscard]] std::string sql(const RowsView& view) const {
    std::vector<std::string> asked = {"count(*)"};
    for (const auto& figure : figures_) asked.push_back(fmt::format("CAST({} AS VARCHAR)", figure));
    return view.with_table("SELECT " + join(asked, ", ") + " FROM mlo_rows");
  }

  [[nodiscard]] bool met_nan(const std::vector<Engine::Text>& answers) const {
    const auto largest = std::span(answers).subspan(1 + judged_);
    return std::ranges::find(largest, Engine::Text("true")) != largest.end();
  }

  /// Nothing when a rule is broken.
  [[nodiscard]] std::optional<std::vector<CheckResult>> judge(
      const std::vector<Engine::Text>& answers) const {
    const auto rows = count_of(answers.at(0));
    auto results = judge_columns(contract_, columns_);
    if (contract_.min_rows) results.push_back(judge_row_count(*contract_.min_rows, rows));
    std::size_t at = 1;
    for (const auto& rule : rules_) {
      CheckResult result{.name = rule.name, .severity = rule.severity};
      const auto failing = count_of(answers[at]);
      result.threshold = rule.threshold;
      result.value = rule.value(answers[at + 1], failing, rows);
      result.failing_rows = 0;
      result.passed = rule.holds(failing, rows);
      results.push_back(std::move(result));
      at += 2;
    }
    for (const auto& rule : contract_.rules) {
      CheckResult result{.name = rule.name, .severity = rule.severity};
      result.threshold = threshold_of(rule);
      result.value = figure_of(answers[at]);
      if (counts_rows(rule)) result.failing_rows = 0;
      result.passed = rule.condition.holds(result.value);
      results.push_back(std::move(result));
      at += 2;
    }
    // A column that the contract does not know is only a warning.
    const auto broken = std::ranges::find_if(results, [](const CheckResult& one) {
      return !one.passed && !one.name.starts_with("columns: ");
    });
    if (broken != results.end()) return std::nullopt;
    return results;
  }

 private:
  const Contract& contract_;
  const std::vector<Column>& columns_;
  std::vector<Rule> rules_;
  std::vector<std::string> figures_;
  std::size_t judged_ = 0;  ///< of the figures: those behind look for NaN
};

std::vector<Engine::Text> answers_to(const std::string& sql, Engine& engine) {
  std::vector<Engine::Text> answers;
  engine.query(
      sql, [](const Engine::Answer&) {},
      [&](const std::vector<Engine::Text>& row) {
        answers = row;
        return false;
      });
  return answers;
}

std::optional<std::vector<CheckResult>> scan(const Contract& contract,
                                             const std::filesystem::path& source,
                                             const CheckSituation& situation,
                                             const ReadOptions& reading) {
  Engine engine(thread_count(reading.threads), reading.scratch);
  engine.stop_on(reading.stop);
  auto options = reading;
  options.types = contract.types();
  options.dates = contract.dates();
  const auto opened = open_scan(engine, source, options);
  if (!opened) return std::nullopt;
  const auto& columns = opened->columns;
  for (const auto& column : contract.columns) check_pattern(engine, column);
  // Text hardly ever says NaN, so to look once more then is cheaper than to compare each value.
  const auto nan = opened->reading.format == Format::parquet ? Nan::as_null : Nan::as_read;
  const RowsView view(contract, engine, columns, nan);
  Scan asked(contract, columns);
  if (!asked.ask_about(view, nan, situation.now)) return std::nullopt;
  engine.lock();
  engine.limit(situation.time);
  auto answers = answers_to(asked.sql(view), engine);
  if (asked.met_nan(answers)) {
    const RowsView without(contract, engine, columns, Nan::as_null);
    answers = answers_to(asked.sql(without), engine);
  }
  return asked.judge(answers);
}

}  // namespace

std::optional<std::vector<CheckResult>> check_by_scan(const Contract& contract,
                                                      const std::filesystem::path& source,
                                                      std::string_view target,
                                                      const CheckSituation& situation,
                                                      const ReadOptions& reading) {
  const bool foldable = std::ranges::all_of(contract.rules, folds);
  if (!foldable || contract.columns.empty()) return std::nullopt;
  try {
    auto results = scan(contract, source, situation, reading);
    if (results)
      for (auto& result : *results) result.target = target;
    return results;
  } catch (const Error& error) {
    // A value or a rule is not as it should be: the table tells which.
    if (error.kind() == ErrorKind::interrupted) throw;
    return std::nullopt;
  }
}

}  // namespace mlo::data
