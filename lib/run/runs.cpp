#include "mlo/run/runs.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "run/dead_runs.h"
#include "run/run_query.h"

namespace mlo::run {
namespace {

constexpr auto kColumns =
    "SELECT id, name, status, started_at, finished_at, trigger_kind, params, metrics, tags, "
    "git_commit, git_branch, actor, reason FROM ";

constexpr auto kAnyLive = "SELECT 1 FROM live_tracked_run LIMIT 1";
/// Only where something goes on or was cut off: SQLite answers questions about one view more
/// quickly. No view of the schema, which may not build JSON: a database could come from a stranger.
constexpr auto kLive = R"sql(
  SELECT (SELECT max(number) + 1 FROM entry) AS entry, id, name, status, started_at,
         coalesce(finished_at, started_at) AS finished_at, 'user' AS trigger_kind,
         (SELECT json_group_object(key, CASE WHEN json_valid(value) AND json_type(value) IN ('integer', 'real')
                                             THEN json(value) ELSE value END)
          FROM run_param WHERE run = live.id) AS params,
         (SELECT json_group_object(key, json(printf('%!.17g', value))) FROM run_metric WHERE run = live.id AND not_a_number = 0)
           AS metrics,
         (SELECT json_group_object(key, value) FROM run_tag WHERE run = live.id) AS tags,
         '' AS git_commit, '' AS git_branch, user_name AS actor, '' AS reason
  FROM live_tracked_run AS live WHERE deleted = 0
  UNION ALL
)sql";
/// Runs whose process was killed, as they will be recorded; the parameter holds them as JSON.
constexpr auto kCutOff = R"sql(
  SELECT (SELECT max(number) + 1 FROM entry) AS entry, value ->> 'id' AS id,
         value ->> 'name' AS name, value ->> 'status' AS status,
         value ->> 'started_at' AS started_at, value ->> 'finished_at' AS finished_at,
         value ->> 'trigger' AS trigger_kind, value -> 'params' AS params,
         value -> 'metrics' AS metrics, value -> 'tags' AS tags,
         value ->> 'git_commit' AS git_commit, value ->> 'git_branch' AS git_branch, '' AS actor,
         value ->> 'reason' AS reason
  FROM json_each(?{})
  WHERE value ->> 'id' NOT IN (SELECT id FROM live_tracked_run)
    AND value ->> 'id' NOT IN (SELECT id FROM run)
  UNION ALL
)sql";
constexpr auto kRecorded = R"sql(
  SELECT entry, id, name, status, started_at, finished_at, trigger_kind, params, metrics, tags,
         git_commit, git_branch, actor, reason FROM runs
)sql";

RunSummary read_summary(const Row& row) {
  return {.id = row.get<std::string>(0),
          .name = row.get<std::string>(1),
          .status = row.get<std::string>(2),
          .started_at = row.get<Timestamp>(3),
          .finished_at = row.get<Timestamp>(4),
          .trigger = row.get<std::string>(5),
          .params = Json::parse(row.get<std::string>(6)),
          .metrics = Json::parse(row.get<std::string>(7)),
          .tags = Json::parse(row.get<std::string>(8)),
          .git_commit = row.get<std::string>(9),
          .git_branch = row.get<std::string>(10),
          .actor = row.get<std::string>(11),
          .reason = row.get<std::string>(12)};
}

/// The runs that were cut off and have no entry yet, for `kCutOff`; empty when there are none.
std::string cut_off(workspace::Repository& repository) {
  Json rows = Json::array();
  for (const auto& run : dead_runs(repository))
    rows.add(Json::object({{"id", run.id},
                           {"name", run.name},
                           {"status", run.status},
                           {"started_at", run.started_at.microseconds},
                           {"finished_at", run.finished_at.microseconds},
                           {"trigger", run.trigger},
                           {"params", run.params},
                           {"metrics", run.metrics},
                           {"tags", run.tags},
                           {"git_commit", run.git_commit},
                           {"git_branch", run.git_branch},
                           {"reason", run.origin.reason}}));
  return rows.size() == 0 ? std::string() : rows.dump();
}

/// What stands for `runs`; `cut_off`: which parameter holds those that were cut off, 0 for none.
std::string unrecorded_too(bool live, std::size_t cut_off) {
  return fmt::format("({}{}{}) AS runs", live ? kLive : "",
                     cut_off == 0 ? "" : fmt::format(kCutOff, cut_off), kRecorded);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_value(const Json* value) {
  if (value == nullptr || value->is_null()) return {};
  return csv_field(value->is_string() ? value->as_string() : value->dump());
}

std::int64_t duration_ms(const RunSummary& run) {
  return (run.finished_at.microseconds - run.started_at.microseconds) / 1000;
}

std::set<std::string> names_in(std::span<const RunSummary> runs, Json RunSummary::*part) {
  std::set<std::string> names;
  for (const auto& run : runs)
    for (const auto& [name, value] : (run.*part).as_object()) names.insert(name);
  return names;
}

/// Facts of several runs side by side, in the order in which they were first told.
class Comparison {
 public:
  explicit Comparison(std::size_t runs) : runs_(runs) {}

  void tell(std::size_t run, const std::string& kind, const std::string& name, const Json& value) {
    const auto [place, fresh] = places_.emplace(std::pair(kind, name), facts_.size());
    if (fresh) facts_.push_back({kind, name, std::vector<Json>(runs_), false});
    facts_[place->second].values[run] = value;
  }
  void tell_all(std::size_t run, const std::string& kind, const Json& values) {
    for (const auto& [name, value] : values.as_object()) tell(run, kind, name, value);
  }
  void tell_all(std::size_t run, const std::string& kind,
                const std::vector<ledger::Artifact>& files) {
    for (const auto& file : files) tell(run, kind, file.path, file.digest.text());
  }
  std::vector<ComparedFact> facts() {
    for (auto& fact : facts_)
      fact.differs = std::ranges::any_of(
          fact.values, [&](const Json& value) { return !(value == fact.values.front()); });
    return std::move(facts_);
  }

 private:
  std::size_t runs_;
  std::vector<ComparedFact> facts_;
  std::map<std::pair<std::string, std::string>, std::size_t> places_;
};

/// Also what its cached steps stand for, which an earlier run made.
std::vector<ledger::Artifact> outputs_of(const ledger::Run& run) {
  auto outputs = run.products;
  for (const auto& step : run.steps)
    if (step.status == "cached")
      outputs.insert(outputs.end(), step.outputs.begin(), step.outputs.end());
  return outputs;
}

}  // namespace

std::vector<RunSummary> find_runs(workspace::Repository& repository, const RunQuestion& question) {
  const auto query = compile(question);
  std::vector<RunSummary> found;
  auto& database = repository.ledger().database();
  const bool live =
      database.one(kAnyLive, [](const Row& row) { return row.get<bool>(0); }).value_or(false);
  const auto dead = cut_off(repository);
  auto bound = query.bound;
  if (!dead.empty()) bound.emplace_back(dead);
  const auto ask = [&](const std::string& from) {
    found.clear();
    database.each(kColumns + from, bound,
                  [&](const Row& row) { found.push_back(read_summary(row)); });
  };
  const bool all_recorded = !live && dead.empty();
  if (all_recorded && !query.leading.empty()) ask(query.leading);
  // Whether some have no such metric is not asked where enough have one.
  if (query.limit < 0 || std::ssize(found) < query.limit)
    ask((all_recorded ? "runs" : unrecorded_too(live, dead.empty() ? 0 : bound.size())) +
        query.sql);
  return found;
}

std::string to_csv(std::span<const RunSummary> runs) {
  struct Group {
    std::string_view name;
    Json RunSummary::*part;
    std::set<std::string> names;
  };
  std::vector<Group> groups{{"params", &RunSummary::params, {}},
                            {"metrics", &RunSummary::metrics, {}},
                            {"tags", &RunSummary::tags, {}}};
  std::string csv =
      "id,name,status,started_at,finished_at,duration_ms,trigger,git_commit,git_branch,actor,"
      "reason";
  for (auto& group : groups) {
    group.names = names_in(runs, group.part);
    for (const auto& name : group.names)
      csv += "," + csv_field(fmt::format("{}.{}", group.name, name));
  }
  csv += "\r\n";
  for (const auto& run : runs) {
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}", run.id, csv_field(run.name), run.status,
                       run.started_at.text(), run.finished_at.text(), duration_ms(run),
                       csv_field(run.trigger), run.git_commit, csv_field(run.git_branch),
                       csv_field(run.actor), csv_field(run.reason));
    for (const auto& group : groups)
      for (const auto& name : group.names) csv += "," + csv_value((run.*group.part).find(name));
    csv += "\r\n";
  }
  return csv;
}

Json to_json(const RunSummary& run) {
  return Json::object({{"id", run.id},
                       {"name", run.name},
                       {"status", run.status},
                       {"started_at", run.started_at.text()},
                       {"finished_at", run.finished_at.text()},
                       {"duration_ms", duration_ms(run)},
                       {"trigger", run.trigger},
                       {"params", run.params},
                       {"metrics", run.metrics},
                       {"tags", run.tags},
                       {"git_commit", run.git_commit},
                       {"git_branch", run.git_branch},
                       {"actor", run.actor},
                       {"reason", run.reason}});
}

std::vector<ComparedFact> compare_runs(std::span<const ledger::Run> runs) {
  Comparison comparison(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i) comparison.tell_all(i, "metric", runs[i].metrics);
  for (std::size_t i = 0; i < runs.size(); ++i) comparison.tell_all(i, "param", runs[i].params);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    if (!run.git_commit.empty()) comparison.tell(i, "code", "commit", run.git_commit);
    if (run.git_dirty) comparison.tell(i, "code", "uncommitted", run.git_dirty->text());
    comparison.tell_all(i, "environment", run.environment);
    comparison.tell_all(i, "input", run.materials);
    comparison.tell_all(i, "output", outputs_of(run));
  }
  return comparison.facts();
}

}  // namespace mlo::run
