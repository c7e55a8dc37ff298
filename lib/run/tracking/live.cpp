#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/store/object_store.h"
#include "run/identifier.h"
#include "run/journal.h"
#include "run/tracking/points.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

constexpr auto kBegin = R"sql(
  INSERT INTO live_tracked_run (id, experiment, name, status, started_at, finished_at, user_name,
                                deleted, told)
  VALUES (?1, ?2, ?3, 'running', ?4, NULL, ?5, 0, NULL)
)sql";
constexpr auto kAdopt = R"sql(
  INSERT OR IGNORE INTO live_tracked_run (id, experiment, name, status, started_at, finished_at,
                                          user_name, deleted, told)
  SELECT ?1, ?2, ?3, 'running', ?4, NULL, ?5, 0, NULL WHERE NOT EXISTS
    (SELECT 1 FROM run WHERE id = ?1)
)sql";
constexpr auto kMove = "UPDATE live_tracked_run SET experiment = ?2 WHERE id = ?1";
constexpr auto kParam = R"sql(
  INSERT INTO run_param (run, key, value, entry) VALUES (?1, ?2, ?3, NULL)
)sql";
constexpr auto kTag = R"sql(
  INSERT INTO run_tag (run, key, value, entry) VALUES (?1, ?2, ?3, NULL)
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, entry = NULL
)sql";
constexpr auto kNoTag = "DELETE FROM run_tag WHERE run = ?1 AND key = ?2";
constexpr auto kIsTagged = "SELECT 1 FROM run_tag WHERE run = ?1 AND key = ?2";
constexpr auto kInput = R"sql(
  INSERT OR REPLACE INTO run_input (run, name, digest, object, context, tags, entry)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)
)sql";
constexpr auto kModel = R"sql(
  INSERT OR REPLACE INTO run_model (run, model, direction, step, entry)
  VALUES (?1, ?2, ?3, ?4, NULL)
)sql";
constexpr auto kUpdate = R"sql(
  UPDATE live_tracked_run SET status = ?2, name = ?3, finished_at = ?4 WHERE id = ?1
)sql";
constexpr auto kHide = "UPDATE live_tracked_run SET deleted = ?2 WHERE id = ?1";

const ledger::Act kAct{"track", ""};

Error no_run(std::string_view id) {
  return {ErrorKind::not_found, "no run with id '{}'", hex_of_run(id)};
}

TrackedRun find(workspace::Repository& repository, std::string_view id) {
  auto run = tracked_run(repository, id);
  if (!run) throw no_run(id);
  return std::move(*run);
}

/// The run without its facts, unless it is removed.
TrackedRun find_shown(Database& database, std::string_view id) {
  auto run = tracked_row(database, id);
  if (!run) throw no_run(id);
  if (run->deleted)
    throw Error(ErrorKind::bad_input, "the run '{}' is removed: restore it first", hex_of_run(id));
  return std::move(*run);
}

/// Params that are new; the others must be as they were.
std::vector<std::pair<std::string, std::string>> new_params(Database& database,
                                                            const TrackedRun& run,
                                                            const Logged& logged) {
  std::vector<std::pair<std::string, std::string>> fresh;
  for (const auto& [key, value] : logged.params) {
    const auto twin = std::ranges::find(fresh, key, &std::pair<std::string, std::string>::first);
    if (twin != fresh.end() && twin->second != value)
      throw Error(ErrorKind::bad_input, "param '{}' comes twice with different values", key);
    if (twin == fresh.end() && !param_is_there(database, run, key, value))
      fresh.emplace_back(key, value);
  }
  return fresh;
}

void log_live(Database& database, const TrackedRun& run, const Logged& logged) {
  for (const auto& [key, value] : new_params(database, run, logged))
    database.run(kParam, run.id, key, value);
  for (const auto& [key, value] : logged.tags) database.run(kTag, run.id, key, value);
  PointWriter writer(database, run.id);
  writer.add(logged.metrics);
  writer.show_newest();
}

/// The newest of each metric among those that the run has and those that come.
Json newest_metrics(const TrackedRun& run, std::span<const MetricPoint> points) {
  std::map<std::string, MetricPoint> newest;
  const auto consider = [&](const MetricPoint& point) {
    const auto [place, fresh] = newest.emplace(point.key, point);
    if (!fresh &&
        std::pair(point.step, point.at) >= std::pair(place->second.step, place->second.at))
      place->second = point;
  };
  for (const auto& point : run.metrics) consider(point);
  for (const auto& point : points) consider(point);
  Json metrics = Json::object();
  for (const auto& point : points) {
    const auto& shown = newest.at(point.key);
    metrics.set(point.key, ledger::to_json(ledger::MetricFact{
                               .value = as_kept(shown.value), .step = shown.step, .at = shown.at}));
  }
  return metrics;
}

/// What comes after a run's end is an entry of its own.
void log_late(workspace::Repository& repository, const TrackedRun& run, const Logged& logged) {
  auto& database = repository.ledger().database();
  ledger::RunEdit edit{.run = run.id};
  for (const auto& [key, text] : new_params(database, run, logged)) {
    auto value = typed_value(text);
    if (!value.is_string()) edit.spelled.append(key, text);
    edit.params.append(key, std::move(value));
  }
  for (const auto& [key, value] : logged.tags) edit.tags.set(key, value);
  edit.metrics = newest_metrics(run, logged.metrics);
  if (edit.params.size() + edit.tags.size() + edit.metrics.size() == 0) return;
  store::Batch batch(repository.store());
  if (!logged.metrics.empty()) {
    edit.points = batch.add(points_text(logged.metrics));
    batch.commit();
  }
  repository.ledger().append(ledger::statement_of(edit), kAct);
}

Json json_of(std::span<const DatasetInput> datasets, std::span<const Digest> objects) {
  Json inputs = Json::array();
  for (std::size_t i = 0; i < datasets.size(); ++i)
    inputs.add(Json::object({{"name", datasets[i].name},
                             {"digest", datasets[i].digest},
                             {"object", objects[i].text()},
                             {"tags", datasets[i].tags}}));
  return inputs;
}

Json json_of(std::span<const ModelLink> models) {
  Json links = Json::array();
  for (const auto& link : models)
    links.add(Json::object({{"model", link.model},
                            {"direction", link.direction},
                            {"step", ledger::integer_fact(link.step)}}));
  return links;
}

bool ends(const std::string& status) {
  return status == "finished" || status == "failed" || status == "interrupted";
}

/// What is said of a run that has ended.
void edit_ended(workspace::Repository& repository, const TrackedRun& run, const RunUpdate& update) {
  ledger::RunEdit edit{.run = run.id};
  if (update.name && *update.name != run.name) edit.name = update.name;
  if (update.status && *update.status != run.status) edit.status = update.status;
  if (update.finished_at && update.finished_at != run.finished_at)
    edit.finished_at = update.finished_at;
  if (edit.name || edit.status || edit.finished_at)
    repository.ledger().append(ledger::statement_of(edit), kAct);
}

}  // namespace

TrackedRun begin_run(workspace::Repository& repository, const NewRun& run) {
  const auto experiment = ledger::find_experiment(repository.ledger(), run.experiment);
  if (!experiment) throw Error(ErrorKind::not_found, "no experiment with id {}", run.experiment);
  if (experiment->deleted)
    throw Error(ErrorKind::bad_input, "the experiment '{}' is removed: restore it first",
                experiment->name);
  const auto id = run.id ? *run.id : new_run_id(repository.world());
  auto& database = repository.ledger().database();
  Transaction transaction(database);
  database.run(kBegin, id, run.experiment, run.name, run.started_at, run.user);
  for (const auto& [key, value] : run.tags) database.run(kTag, id, key, value);
  repository.world().before_step("tracking.begin");
  transaction.commit();
  return find(repository, id);
}

void adopt_run(workspace::Repository& repository, const NewRun& run) {
  auto& database = repository.ledger().database();
  if (tracked_row(database, *run.id)) return;
  auto name = run.name;
  for (const auto& live : Journal(database).live_runs())
    if (live.id == *run.id) name = live.facts.string_or("name", name);
  database.run(kAdopt, *run.id, run.experiment, name, run.started_at, run.user);
}

void move_run(workspace::Repository& repository, std::string_view id, std::int64_t experiment) {
  auto& database = repository.ledger().database();
  const auto run = find_shown(database, id);
  if (run.live && run.experiment != experiment) database.run(kMove, id, experiment);
}

void log(workspace::Repository& repository, std::string_view id, const Logged& logged,
         Durability durability) {
  auto& database = repository.ledger().database();
  {
    // A sync costs more than the point. The server syncs the log itself within a tenth of a second.
    const RelaxedSync relaxed(database, durability == Durability::process);
    Transaction transaction(database);
    const auto run = find_shown(database, id);
    if (run.live) {
      log_live(database, run, logged);
      repository.world().before_step("tracking.log");
      transaction.commit();
      return;
    }
  }
  log_late(repository, find(repository, id), logged);
}

void remove_tag(workspace::Repository& repository, std::string_view id, std::string_view key) {
  auto& database = repository.ledger().database();
  const auto run = find_shown(database, id);
  const auto read = [](const Row& row) { return row.get<bool>(0); };
  if (!database.one(kIsTagged, read, run.id, key))
    throw Error(ErrorKind::not_found, "the run '{}' has no tag '{}'", hex_of_run(id), key);
  if (run.live) return database.run(kNoTag, run.id, key);
  ledger::RunEdit edit{.run = run.id};
  edit.tags.append(std::string(key), nullptr);
  repository.ledger().append(ledger::statement_of(edit), kAct);
}

void log_inputs(workspace::Repository& repository, std::string_view id,
                std::span<const DatasetInput> datasets, std::span<const ModelLink> models) {
  auto& database = repository.ledger().database();
  const auto run = find_shown(database, id);
  store::Batch batch(repository.store());
  std::vector<Digest> objects;
  for (const auto& dataset : datasets) objects.push_back(batch.add(dataset.details.canonical()));
  batch.commit();
  if (!run.live) {
    const ledger::RunEdit edit{
        .run = run.id, .inputs = json_of(datasets, objects), .models = json_of(models)};
    repository.ledger().append(ledger::statement_of(edit), kAct);
    return;
  }
  Transaction transaction(database);
  for (std::size_t i = 0; i < datasets.size(); ++i) {
    const auto& dataset = datasets[i];
    const auto context = dataset.tags.string_or("mlflow.data.context", "");
    database.run(kInput, run.id, dataset.name, dataset.digest, objects[i], context,
                 dataset.tags.canonical());
  }
  for (const auto& link : models)
    database.run(kModel, run.id, link.model, link.direction, link.step);
  transaction.commit();
}

TrackedRun update_run(workspace::Repository& repository, std::string_view id,
                      const RunUpdate& update) {
  auto run = find(repository, id);
  if (!run.live) {
    if (!update.status || ends(*update.status)) {
      edit_ended(repository, run, update);
      return find(repository, id);
    }
    // It goes on from what its entries say, and its next end is told from these rows.
    renew_points(repository.ledger(), repository.store(), run.id);
    repository.ledger().append(ledger::statement_of(ledger::RunResumption{.run = run.id}), kAct);
    run.finished_at.reset();
  }
  if (update.status) run.status = *update.status;
  if (update.name) run.name = *update.name;
  if (update.finished_at) run.finished_at = update.finished_at;
  if (ends(run.status)) {
    if (!run.finished_at) run.finished_at = repository.world().now();
    tell_end(repository, run);
  } else {
    repository.ledger().database().run(kUpdate, run.id, run.status, run.name, run.finished_at);
  }
  return find(repository, id);
}

void hide_run(workspace::Repository& repository, std::string_view id, bool hidden) {
  const auto run = find(repository, id);
  if (run.deleted == hidden) return;
  if (run.live) repository.ledger().database().run(kHide, run.id, hidden);
  repository.ledger().append(
      ledger::statement_of(ledger::RunEdit{.run = run.id, .deleted = hidden}), kAct);
}

}  // namespace mlo::run
