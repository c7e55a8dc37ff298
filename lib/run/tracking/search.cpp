#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/search_filter.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

constexpr auto kRuns = R"sql(
  WITH r AS (
    SELECT id, experiment, name, status, started_at, finished_at,
           CASE user_name WHEN '' THEN (SELECT actor FROM act WHERE act.entry = run.entry)
                          ELSE user_name END AS user_name, deleted, 0 AS live
    FROM run
    UNION ALL
    SELECT id, experiment, name, status, started_at, finished_at, user_name, deleted, 1
    FROM live_tracked_run)
  SELECT id, experiment, name, status, started_at, finished_at, user_name, deleted, live FROM r
  WHERE TRUE)sql";

/// An attribute's SQL; times are milliseconds here, as clients compare them.
struct Attribute {
  std::string_view name;
  std::string_view sql;
  bool number = false;
};
constexpr std::array<Attribute, 10> kAttributes{{{"run_id", "r.id"},
                                                 {"run_name", "r.name"},
                                                 {"Run name", "r.name"},
                                                 {"run name", "r.name"},
                                                 {"status", "r.status"},
                                                 {"user_id", "r.user_name"},
                                                 {"start_time", "(r.started_at / 1000)", true},
                                                 {"created", "(r.started_at / 1000)", true},
                                                 {"Created", "(r.started_at / 1000)", true},
                                                 {"end_time", "(r.finished_at / 1000)", true}}};

const Attribute& attribute(const std::string& name) {
  const auto* found = std::ranges::find(kAttributes, name, &Attribute::name);
  if (found == kAttributes.end())
    throw Error(ErrorKind::bad_input,
                "invalid attribute '{}': there are run_id, run_name, status, user_id, start_time "
                "and end_time",
                printable(name));
  return *found;
}

Error bad_comparison(const Condition& condition, std::string_view what) {
  return {ErrorKind::bad_input, "invalid filter: {} '{}' {}", condition.group,
          printable(condition.key), what};
}

/// Statuses and ids are spelled otherwise here than by clients.
std::vector<std::string> as_ours(const std::string& name, std::vector<std::string> texts) {
  for (auto& text : texts) {
    if (name == "run_id") text = parse_run_id(text).value_or(text);
    if (name == "status") text = status_from_client(text).value_or(text);
  }
  return texts;
}

std::string attribute_condition(BoundSql& sql, Condition condition) {
  const auto& known = attribute(condition.key);
  if (known.number != condition.is_number)
    throw bad_comparison(condition, known.number ? "is compared with a number" : "is text");
  const auto& how = condition.comparator;
  const bool of_text = how == "=" || how == "!=" || how == "LIKE" || how == "ILIKE" ||
                       how == "IN" || how == "NOT IN";
  if (!known.number && !of_text) throw bad_comparison(condition, "is not compared by " + how);
  condition.texts = as_ours(condition.key, std::move(condition.texts));
  return sql.compare(known.sql, condition);
}

std::string named_condition(BoundSql& sql, std::string_view table, const Condition& condition) {
  const auto& how = condition.comparator;
  const auto there = fmt::format("EXISTS (SELECT 1 FROM {} WHERE run = r.id AND key = {}", table,
                                 sql.bind(condition.key));
  if (how == "IS NULL") return "NOT " + there + ")";
  if (how == "IS NOT NULL") return there + ")";
  if (condition.is_number) throw bad_comparison(condition, "is text: its value stands in quotes");
  if (how != "=" && how != "!=" && how != "LIKE" && how != "ILIKE")
    throw bad_comparison(condition, "is not compared by " + how);
  return fmt::format("{} AND {})", there, sql.compare("value", condition));
}

std::string metric_condition(BoundSql& sql, const Condition& condition) {
  if (!condition.is_number) throw bad_comparison(condition, "is compared with a number");
  const auto key = sql.bind(condition.key);
  return fmt::format(
      "EXISTS (SELECT 1 FROM run_metric WHERE run = r.id AND key = {} AND not_a_number = 0 AND {})",
      key, sql.compare("value", condition));
}

std::string dataset_condition(BoundSql& sql, const Condition& condition) {
  if (condition.key != "name" && condition.key != "digest" && condition.key != "context")
    throw bad_comparison(condition, "is none of name, digest and context");
  if (condition.is_number || condition.texts.empty())
    throw bad_comparison(condition, "is text: its value stands in quotes");
  return fmt::format("EXISTS (SELECT 1 FROM run_input WHERE run = r.id AND {})",
                     sql.compare(condition.key, condition));
}

std::string condition_sql(BoundSql& sql, const Condition& condition) {
  if (condition.group == "metrics") return metric_condition(sql, condition);
  if (condition.group == "params") return named_condition(sql, "run_param", condition);
  if (condition.group == "tags") return named_condition(sql, "run_tag", condition);
  if (condition.group == "datasets") return dataset_condition(sql, condition);
  return attribute_condition(sql, condition);
}

/// Runs without the value come last, whatever the direction; so does NaN.
void add_ordering(BoundSql& sql, const Ordering& ordering) {
  std::string value;
  if (ordering.group == "metrics") {
    const auto key = sql.bind(ordering.key);
    value = fmt::format("(SELECT value FROM run_metric WHERE run = r.id AND key = {})", key);
    sql.text += fmt::format(
        "(SELECT not_a_number FROM run_metric WHERE run = r.id AND key = {}) IS NOT 0, ", key);
  } else if (ordering.group == "params" || ordering.group == "tags") {
    value =
        fmt::format("(SELECT value FROM {} WHERE run = r.id AND key = {})",
                    ordering.group == "params" ? "run_param" : "run_tag", sql.bind(ordering.key));
  } else if (ordering.group == "attributes") {
    value = attribute(ordering.key).sql;
  } else {
    throw Error(ErrorKind::bad_input, "invalid order_by: runs have no order by datasets");
  }
  sql.text += fmt::format("{0} IS NULL, {0}{1}, ", value, ordering.descending ? " DESC" : "");
}

/// Where a word of a question about experiments lies.
std::string experiment_column(const std::string& group, const std::string& key, BoundSql& sql) {
  if (group == "tags")
    return fmt::format("(SELECT value FROM json_each(tags) WHERE key = {})", sql.bind(key));
  if (group == "attributes" && key == "name") return "name";
  if (group == "attributes" && key == "experiment_id") return "number";
  if (group == "attributes" && key == "creation_time") return "(created_at / 1000)";
  if (group == "attributes" && key == "last_update_time") return "(updated_at / 1000)";
  throw Error(ErrorKind::bad_input,
              "invalid attribute '{}': there are name, creation_time, last_update_time and tags",
              printable(key));
}

}  // namespace

std::vector<ledger::Experiment> search_experiments(workspace::Repository& repository,
                                                   const ExperimentQuestion& question) {
  BoundSql sql;
  sql.text = "SELECT number FROM experiment WHERE TRUE";
  if (question.shown != Shown::all)
    sql.text += question.shown == Shown::active ? " AND deleted = 0" : " AND deleted <> 0";
  for (const auto& condition : parse_filter(question.filter)) {
    const auto column = experiment_column(condition.group, condition.key, sql);
    const bool timed = column.starts_with("(created") || column.starts_with("(updated");
    if (condition.comparator.starts_with("IS") || condition.is_number != timed)
      throw bad_comparison(condition, "is not compared so");
    sql.text += " AND " + sql.compare(column, condition);
  }
  sql.text += " ORDER BY ";
  for (const auto& text : question.order_by) {
    const auto ordering = parse_ordering(text);
    sql.text += experiment_column(ordering.group, ordering.key, sql);
    sql.text += ordering.descending ? " DESC, " : ", ";
  }
  sql.text += question.order_by.empty() ? "updated_at DESC, number" : "number";
  const auto most = sql.bind(question.most);
  sql.text += fmt::format(" LIMIT {} OFFSET {}", most, sql.bind(question.offset));
  std::vector<std::int64_t> numbers;
  repository.ledger().database().each(
      sql.text, sql.bound(), [&](const Row& row) { numbers.push_back(row.get<std::int64_t>(0)); });
  std::vector<ledger::Experiment> found;
  for (const auto number : numbers)
    if (auto experiment = ledger::find_experiment(repository.ledger(), number))
      found.push_back(std::move(*experiment));
  return found;
}

std::vector<TrackedRun> search_runs(workspace::Repository& repository,
                                    const TrackedQuestion& question) {
  BoundSql sql;
  sql.text = kRuns;
  if (question.shown != Shown::all)
    sql.text += question.shown == Shown::active ? " AND r.deleted = 0" : " AND r.deleted <> 0";
  std::string experiments;
  for (const auto number : question.experiments)
    experiments += (experiments.empty() ? "" : ", ") + sql.bind(number);
  sql.text += fmt::format(" AND r.experiment IN ({})", experiments);
  for (const auto& condition : parse_filter(question.filter))
    sql.text += " AND " + condition_sql(sql, condition);
  sql.text += " ORDER BY ";
  for (const auto& text : question.order_by) add_ordering(sql, parse_ordering(text));
  sql.text += "r.started_at DESC, r.id";
  const auto most = sql.bind(question.most);
  sql.text += fmt::format(" LIMIT {} OFFSET {}", most, sql.bind(question.offset));
  auto& database = repository.ledger().database();
  std::vector<TrackedRun> runs;
  database.each(sql.text, sql.bound(),
                [&](const Row& row) { runs.push_back(read_tracked_row(row)); });
  for (auto& run : runs) add_facts(database, run);
  return runs;
}

}  // namespace mlo::run
