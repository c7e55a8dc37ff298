#include <algorithm>
#include <utility>

#include "data/contract/check_names.h"
#include "data/contract/figure.h"
#include "data/contract/judge_rules.h"
#include "data/contract/rules.h"
#include "data/contract/scan_check.h"
#include "data/contract/words.h"
#include "data/lines.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/path.h"
#include "mlo/core/text.h"
#include "mlo/data/contract.h"

namespace mlo::data {

namespace fs = std::filesystem;

namespace {

constexpr int kSample = 5;
constexpr std::size_t kRulesPerQuery = 500;

/// Counts of failing rows and figures, in one pass over the table for up to kRulesPerQuery rules.
std::vector<std::vector<Engine::Text>> measure(Engine& engine, const std::vector<Rule>& rules) {
  std::vector<std::vector<Engine::Text>> measured;
  for (std::size_t begin = 0; begin < rules.size(); begin += kRulesPerQuery) {
    const auto end = std::min(rules.size(), begin + kRulesPerQuery);
    std::vector<std::string> selected;
    for (std::size_t i = begin; i < end; ++i) {
      selected.push_back(fmt::format("CAST({} AS VARCHAR)", rules[i].count));
      selected.push_back(fmt::format("CAST({} AS VARCHAR)", rules[i].figure));
    }
    const auto row = engine.rows("SELECT " + join(selected, ", ") + " FROM t").at(0);
    for (std::size_t i = 0; i < row.size(); i += 2) measured.push_back({row[i], row[i + 1]});
  }
  return measured;
}

CheckResult judge(Engine& engine, const Rule& rule, const std::vector<Engine::Text>& measured,
                  std::int64_t rows) {
  CheckResult result{.name = rule.name, .severity = rule.severity};
  const auto failing = std::stoll(measured[0].value_or("0"));
  result.threshold = rule.threshold;
  result.value = rule.value(measured[1], failing, rows);
  result.failing_rows = failing;
  result.passed = rule.holds(failing, rows);
  if (result.passed) {
    // Within an allowed share of nulls no row fails.
    result.failing_rows = 0;
    return result;
  }
  for (const auto& row :
       engine.rows(fmt::format("SELECT CAST(row AS VARCHAR), value FROM ({}) ORDER BY row LIMIT {}",
                               rule.failing_rows, kSample)))
    add_to_sample(result, row);
  return result;
}

std::vector<CheckResult> judge_all(const Contract& contract, const Table& table,
                                   std::string_view target, const CheckSituation& situation) {
  auto results = judge_columns(contract, table.columns());
  if (contract.min_rows) results.push_back(judge_row_count(*contract.min_rows, table.rows()));
  std::vector<Rule> rules;
  for (const auto& column : contract.columns) {
    if (table.find(column.name) == nullptr) continue;
    const auto index = table.state().index_of(column.name);
    for (auto& rule : rules_of(column, sql_column(index), table.columns()[index].type))
      rules.push_back(std::move(rule));
  }
  auto& engine = table.state().engine;
  for (const auto& column : contract.columns) check_pattern(engine, column);
  const auto measured = measure(engine, rules);
  for (std::size_t i = 0; i < rules.size(); ++i)
    results.push_back(judge(engine, rules[i], measured[i], table.rows()));
  for (auto& result : judge_rules(contract, table, situation)) results.push_back(std::move(result));
  for (auto& result : results) result.target = target;
  return results;
}

}  // namespace

bool passed(std::span<const CheckResult> results) {
  return std::none_of(results.begin(), results.end(), [](const auto& result) {
    return !result.passed && result.severity == "error";
  });
}

std::vector<CheckResult> check(const Contract& contract, const Table& table,
                               std::string_view target, const CheckSituation& situation) {
  auto results = judge_all(contract, table, target, situation);
  tell_samples(results);
  return results;
}

namespace {

fs::path source_of(const Contract& contract, const QualityRule& rule,
                   const CheckSituation& situation) {
  if (const auto given = situation.tables.find(rule.table); given != situation.tables.end())
    return given->second;
  const auto known = contract.sources.find(rule.table);
  const auto source = !rule.source.empty()              ? rule.source
                      : known != contract.sources.end() ? known->second
                                                        : std::string();
  if (source.empty())
    throw Error(ErrorKind::not_found, "rule '{}': nobody says where table '{}' lies", rule.name,
                rule.table)
        .hint("add --with {}=FILE, or the customProperty '{}' to the contract", rule.table,
              kSource);
  // A contract may come from anywhere: it names files of the project only.
  return RepoPath::parse(source).under(situation.folder);
}

/// What rules refer to, beside the checked table itself.
std::vector<Table::Beside> others_of(const Contract& contract, const CheckSituation& situation) {
  std::vector<Table::Beside> others;
  for (const auto& rule : contract.rules)
    if (rule.kind == QualityRule::Kind::reference && rule.table != contract.name)
      others.push_back({source_of(contract, rule, situation), rule.target_columns});
  return others;
}

std::vector<CheckResult> check_typed(const Contract& contract, const std::filesystem::path& source,
                                     std::string_view target, const CheckSituation& situation,
                                     ReadOptions reading) {
  reading.types = contract.types();
  reading.dates = contract.dates();
  const auto others = others_of(contract, situation);
  std::optional<Table> table;
  try {
    table = Table::open(source, reading, others);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
  }
  // A value does not fit its type, or the file is malformed: as text the first can be counted, the
  // second is thrown again.
  if (!table) {
    for (auto& [name, type] : reading.types) type = ColumnType::text;
    table = Table::open(source, reading, others);
  }
  return judge_all(contract, *table, target, situation);
}

}  // namespace

std::vector<CheckResult> check_file(const Contract& contract, const std::filesystem::path& source,
                                    std::string_view target, const CheckSituation& situation,
                                    const ReadOptions& reading) {
  if (auto kept = check_by_scan(contract, source, target, situation, reading)) return *kept;
  auto results = check_typed(contract, source, target, situation, reading);
  locate_samples(results, source, reading);
  tell_samples(results);
  return results;
}

}  // namespace mlo::data
