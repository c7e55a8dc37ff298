#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <span>
#include <tuple>

#include "run/tracking/points.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

constexpr auto kRun = R"sql(
  SELECT id, experiment, name, status, started_at, finished_at,
         CASE user_name WHEN '' THEN (SELECT actor FROM act WHERE act.entry = run.entry)
                        ELSE user_name END, deleted, 0 AS live
  FROM run WHERE id = ?1
  UNION ALL
  SELECT id, experiment, name, status, started_at, finished_at, user_name, deleted, 1
  FROM live_tracked_run WHERE id = ?1
)sql";
constexpr auto kLive = R"sql(
  SELECT id FROM live_tracked_run
  WHERE name = ?1 OR (?2 <> '' AND substr(id, 1, length(?2)) = ?2) ORDER BY started_at DESC
)sql";
constexpr auto kParams = "SELECT key, value FROM run_param WHERE run = ?1 ORDER BY key";
constexpr auto kTags = "SELECT key, value FROM run_tag WHERE run = ?1 ORDER BY key";
constexpr auto kMetrics = R"sql(
  SELECT key, value, not_a_number, step, at FROM run_metric WHERE run = ?1 ORDER BY key
)sql";
constexpr auto kInputs = R"sql(
  SELECT name, digest, object, tags FROM run_input WHERE run = ?1 ORDER BY name, digest
)sql";
constexpr auto kModels = R"sql(
  SELECT model, direction, step FROM run_model WHERE run = ?1 ORDER BY direction, step, model
)sql";
constexpr auto kHistory = R"sql(
  SELECT key, value, not_a_number, step, at
  FROM metric_series JOIN metric_point ON series = id WHERE run = ?1 AND key = ?2
  ORDER BY at, step, value LIMIT ?4 OFFSET ?3
)sql";
constexpr auto kHasSeries = "SELECT 1 FROM metric_series WHERE run = ?1 AND key = ?2";
constexpr auto kIsLive = "SELECT 1 FROM live_tracked_run WHERE id = ?1";
constexpr auto kRecords = R"sql(
  SELECT DISTINCT digest FROM run_file
  WHERE run = ?1 AND path GLOB 'records/*.jsonl' AND role <> 'material'
)sql";
std::pair<std::string, std::string> read_pair(const Row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1)};
}

MetricPoint read_point(const Row& row) {
  constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
  return {.key = row.get<std::string>(0),
          .value = row.get<bool>(2) ? kMissing : row.get<double>(1),
          .step = row.get<std::int64_t>(3),
          .at = row.get<Timestamp>(4)};
}

/// The points of one metric in those of the objects that are there.
std::vector<MetricPoint> history_in(workspace::Repository& repository,
                                    std::span<const Digest> objects, std::string_view key) {
  std::vector<MetricPoint> points;
  for (const auto& object : objects)
    if (repository.store().contains(object))
      std::ranges::copy_if(points_in(repository.store(), object), std::back_inserter(points),
                           [&](const MetricPoint& point) { return point.key == key; });
  return points;
}

/// By time, step and value, each once: what is told twice is one point.
std::vector<MetricPoint> in_order(std::vector<MetricPoint> points) {
  const auto place = [](const MetricPoint& point) {
    const bool missing = std::isnan(point.value);
    return std::tuple(point.at, point.step, missing ? 0.0 : point.value, missing);
  };
  std::ranges::sort(points, {}, place);
  const auto same = [&](const auto& one, const auto& other) { return place(one) == place(other); };
  points.erase(std::unique(points.begin(), points.end(), same), points.end());
  return points;
}

/// True when the rows have the metric, and are all that there is of it.
bool rows_have(Database& database, std::string_view id, std::string_view key) {
  const auto read = [](const Row& row) { return row.get<bool>(0); };
  if (!database.one(kHasSeries, read, id, key)) return false;
  return database.one(kIsLive, read, id) || copied_points(database, id);
}

}  // namespace

TrackedRun read_tracked_row(const Row& row) {
  return {.id = row.get<std::string>(0),
          .experiment = row.get<std::int64_t>(1),
          .name = row.get<std::string>(2),
          .status = row.get<std::string>(3),
          .started_at = row.get<Timestamp>(4),
          .finished_at = row.get<std::optional<Timestamp>>(5),
          .user = row.get<std::string>(6),
          .deleted = row.get<bool>(7),
          .live = row.get<bool>(8)};
}

void add_facts(Database& database, TrackedRun& run) {
  run.params = database.all(kParams, read_pair, run.id);
  run.tags = database.all(kTags, read_pair, run.id);
  run.metrics = database.all(kMetrics, read_point, run.id);
}

std::optional<TrackedRun> tracked_row(Database& database, std::string_view id) {
  return database.one(kRun, read_tracked_row, id);
}

std::optional<TrackedRun> tracked_run(workspace::Repository& repository, std::string_view id) {
  auto& database = repository.ledger().database();
  auto run = tracked_row(database, id);
  if (run) add_facts(database, *run);
  return run;
}

std::optional<ledger::Run> find_live_run(workspace::Repository& repository, std::string_view text) {
  const auto id = repository.ledger().database().one(
      kLive, [](const Row& row) { return row.get<std::string>(0); }, text,
      parse_run_id(text).value_or(std::string(text)));
  if (!id) return std::nullopt;
  const auto rows = tracked_run(repository, *id);
  return rows ? std::optional(run_from_rows(repository, *rows)) : std::nullopt;
}

std::vector<DatasetInput> inputs_of(workspace::Repository& repository, std::string_view id) {
  std::vector<DatasetInput> inputs;
  std::vector<Digest> objects;
  repository.ledger().database().each(kInputs, {Bound(id)}, [&](const Row& row) {
    inputs.push_back({.name = row.get<std::string>(0),
                      .digest = row.get<std::string>(1),
                      .tags = Json::parse(row.get<std::string>(3))});
    objects.push_back(row.get<Digest>(2));
  });
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (repository.store().contains(objects[i]))
      inputs[i].details = Json::parse(repository.store().read(objects[i]));
  return inputs;
}

std::vector<ModelLink> models_of(workspace::Repository& repository, std::string_view id) {
  return repository.ledger().database().all(
      kModels,
      [](const Row& row) {
        return ModelLink{row.get<std::string>(0), row.get<std::string>(1),
                         row.get<std::int64_t>(2)};
      },
      id);
}

std::vector<MetricPoint> metric_history(workspace::Repository& repository, std::string_view id,
                                        std::string_view key, std::int64_t offset,
                                        std::int64_t most) {
  auto& database = repository.ledger().database();
  const auto late = history_in(repository, ledger::late_points(repository.ledger(), id), key);
  if (late.empty() && rows_have(database, id, key))
    return database.all(kHistory, read_point, id, key, offset, most);
  const auto objects = database.all(
      kRecords, [](const Row& row) { return row.get<Digest>(0); }, id);
  auto points = history_in(repository, objects, key);
  std::ranges::copy(late, std::back_inserter(points));
  points = in_order(std::move(points));
  if (points.empty() && offset == 0)
    if (const auto run = tracked_run(repository, id))
      for (const auto& point : run->metrics)
        if (point.key == key) points.push_back(point);
  const auto size = static_cast<std::int64_t>(points.size());
  const auto begin = std::min(offset, size);
  const auto end = std::min(begin + most, size);
  return {points.begin() + begin, points.begin() + end};
}

}  // namespace mlo::run
