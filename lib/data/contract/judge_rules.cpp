#include "data/contract/judge_rules.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "data/contract/figure.h"
#include "data/contract/rows_view.h"
#include "data/contract/rule_sql.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

using Kind = QualityRule::Kind;
using Row = std::vector<Engine::Text>;

constexpr int kSample = 5;
constexpr std::size_t kNamedGroups = 3;

/// What one group of rows, or all of them, came to.
struct Group {
  Engine::Text value;  ///< of the column `by`
  Json figure;
  std::int64_t failing = 0;
  bool passed = false;
};

class Judge {
 public:
  Judge(Engine& engine, const RowsView& view, const CheckSituation& situation)
      : engine_(engine), view_(view), situation_(situation) {}

  CheckResult judge(const QualityRule& rule) const {
    CheckResult result{.name = rule.name, .severity = rule.severity};
    result.threshold = threshold_of(rule);
    for (const auto& name : columns_of(rule))
      if (!view_.has(name)) {
        result.message = fmt::format("there is no column '{}'", name);
        return result;
      }
    try {
      measure(rule, result);
    } catch (const Error& error) {
      if (!is_of_the_data(error)) throw explained(error, rule);
      result.message = first_line(error.message());
    }
    if (!result.passed) add_words(rule, result.message);
    return result;
  }

 private:
  /// Values that the rule's SQL cannot digest fail it; the rest is a mistake of the rule.
  static bool is_of_the_data(const Error& error) {
    if (error.kind() != ErrorKind::bad_input) return false;
    for (const auto* begin : {"Conversion Error", "Out of Range Error", "Invalid Input Error"})
      if (error.message().starts_with(begin)) return true;
    return false;
  }

  static std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

  /// The same with the rule's place and name, and what its SQL may have meant.
  [[nodiscard]] Error explained(const Error& error, const QualityRule& rule) const {
    Error named(error.kind(), "{}rule '{}': {}", rule.place.prefix(), rule.name,
                first_line(error.message()));
    if (!error.hint().empty())
      named.hint("{}", error.hint());
    else if (const auto close = meant_column(error.message()))
      named.hint("did you mean the column '{}'?", *close);
    return named;
  }

  /// For "Binder Error: Referenced column "x" not found …" the column that is nearest to x.
  [[nodiscard]] std::optional<std::string> meant_column(std::string_view message) const {
    constexpr std::string_view kBefore = "Referenced column \"";
    const auto begin = message.find(kBefore);
    if (begin == message.npos) return std::nullopt;
    const auto name = message.substr(begin + kBefore.size());
    return nearest(name.substr(0, name.find('"')), view_.names());
  }

  static void add_words(const QualityRule& rule, std::string& message) {
    std::vector<std::string> words;
    if (!message.empty()) words.push_back(message);
    if (!rule.reason.empty()) words.push_back("because: " + rule.reason);
    if (!rule.owner.empty()) words.push_back("ask: " + rule.owner);
    message = join(words, "; ");
  }

  /// All rows of somebody's SELECT, at most `limit`.
  [[nodiscard]] std::vector<Row> ask(const std::string& sql, std::size_t limit) const {
    std::vector<Row> rows;
    engine_.query(
        view_.with_table(sql), [](const Engine::Answer&) {},
        [&](const Row& row) {
          rows.push_back(row);
          return rows.size() < limit;
        });
    return rows;
  }

  void measure(const QualityRule& rule, CheckResult& result) const {
    if (rule.kind == Kind::query) return measure_query(rule, result);
    constexpr std::size_t kMostGroups = 100'000;
    std::vector<Group> groups;
    for (const auto& row : ask(figure_sql(rule, view_, situation_.now), kMostGroups)) {
      Group group{.value = row[0], .figure = figure_of(row[1]), .failing = count_of(row[2])};
      group.passed = rule.condition.holds(group.figure);
      groups.push_back(std::move(group));
    }
    const bool by_rows = counts_rows(rule);
    result.passed = std::ranges::all_of(groups, &Group::passed);
    if (by_rows) result.failing_rows = 0;
    if (splits(rule))
      describe_groups(groups, result);
    else if (!groups.empty())
      result.value = groups.front().figure;
    if (result.passed || !by_rows) return;
    sample(rule, groups, result);
  }

  void measure_query(const QualityRule& rule, CheckResult& result) const {
    // In parentheses: it may have a WITH of its own.
    const auto rows = ask(fmt::format("SELECT * FROM ({}\n)", view_.fill_in(rule)), 2);
    if (rows.size() != 1 || rows[0].size() != 1)
      throw Error(ErrorKind::bad_input, "the query answers {} instead of one figure",
                  rows.empty()      ? "nothing"
                  : rows.size() > 1 ? "several rows"
                                    : "several columns");
    result.value = figure_of(rows[0][0]);
    result.passed = rule.condition.holds(result.value);
  }

  /// "2 of 30: north (0.4), south (0.2)"
  static void describe_groups(const std::vector<Group>& groups, CheckResult& result) {
    std::vector<std::string> named;
    std::int64_t failed = 0;
    for (const auto& group : groups) {
      if (group.passed || ++failed > static_cast<std::int64_t>(kNamedGroups)) continue;
      named.push_back(fmt::format("{} ({})", group.value.value_or("(null)"), group.figure.dump()));
    }
    result.value = failed;
    if (failed == 0) return;
    result.message = fmt::format("{} of {}: {}{}", failed, groups.size(), join(named, ", "),
                                 named.size() < static_cast<std::size_t>(failed) ? ", …" : "");
  }

  /// Of the whole table, or of the first group that fails.
  void sample(const QualityRule& rule, const std::vector<Group>& groups,
              CheckResult& result) const {
    const Group* first = nullptr;
    std::int64_t failing = 0;
    for (const auto& group : groups) {
      if (group.passed) continue;
      if (first == nullptr) first = &group;
      failing += group.failing;
    }
    result.failing_rows = failing;
    for (const auto& row : ask(failing_rows_sql(rule, view_, first->value, kSample), kSample))
      add_to_sample(result, row);
  }

  Engine& engine_;
  const RowsView& view_;
  const CheckSituation& situation_;
};

}  // namespace

std::vector<CheckResult> judge_rules(const Contract& contract, const Table& table,
                                     const CheckSituation& situation) {
  std::vector<CheckResult> results;
  if (contract.rules.empty()) return results;
  auto& engine = table.state().engine;
  const RowsView view(contract, table);
  engine.limit(situation.time);
  const Judge judge(engine, view, situation);
  for (const auto& rule : contract.rules) results.push_back(judge.judge(rule));
  engine.limit({});
  return results;
}

}  // namespace mlo::data
