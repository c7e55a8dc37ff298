#include <limits>
#include <map>

#include "mlo/core/database.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "run/import/foreign_run.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr auto kRuns = R"sql(
  SELECT run_uuid, experiments.name, coalesce(runs.name, ''), coalesce(user_id, ''), status,
         coalesce(start_time, 0), coalesce(end_time, start_time, 0), runs.lifecycle_stage,
         coalesce(artifact_uri, '')
  FROM runs JOIN experiments USING (experiment_id) ORDER BY start_time, run_uuid
)sql";
constexpr auto kParams =
    "SELECT key, coalesce(value, '') FROM params WHERE run_uuid = ?1 ORDER BY key";
constexpr auto kTags = "SELECT key, coalesce(value, '') FROM tags WHERE run_uuid = ?1 ORDER BY key";
constexpr auto kMetrics = R"sql(
  SELECT key, value, is_nan, step, timestamp FROM metrics WHERE run_uuid = ?1
  ORDER BY key, timestamp, step
)sql";
constexpr auto kIsOurs = "SELECT 1 FROM sqlite_schema WHERE name = 'latest_metrics'";

std::pair<std::string, std::string> read_pair(const Row& row) {
  return {row.get<std::string>(0), row.get<std::string>(1)};
}

/// A folder of this machine, when the files are kept in one.
fs::path local_folder(std::string uri, const fs::path& beside) {
  if (uri.starts_with("file://")) uri = uri.substr(7);
  if (uri.find("://") != std::string::npos || uri.find(":/") != std::string::npos) return {};
  fs::path folder = uri;
  if (folder.is_relative()) folder = beside / folder;
  return fs::is_directory(folder) ? folder : fs::path();
}

}  // namespace

void read_mlflow_sqlite(const fs::path& file, const TakeRun& take) {
  Database database(file, Database::Mode::read_only);
  const auto there = [](const Row& row) { return row.get<bool>(0); };
  if (!database.one(kIsOurs, there))
    throw Error(ErrorKind::bad_input, "'{}' is no database of MLflow's", file.string());
  auto runs = database.all(kRuns, [&](const Row& row) {
    return ForeignRun{
        .id = row.get<std::string>(0),
        .experiment = row.get<std::string>(1),
        .name = row.get<std::string>(2),
        .user = row.get<std::string>(3),
        .status = status_from_client(row.get<std::string>(4)).value_or("finished"),
        .started_at = {row.get<std::int64_t>(5) * 1000},
        .finished_at = {row.get<std::int64_t>(6) * 1000},
        .deleted = row.get<std::string>(7) == "deleted",
        .artifacts = local_folder(row.get<std::string>(8), fs::absolute(file).parent_path())};
  });
  for (auto& run : runs) {
    run.facts.params = database.all(kParams, read_pair, run.id);
    run.facts.tags = database.all(kTags, read_pair, run.id);
    run.facts.metrics = database.all(
        kMetrics,
        [](const Row& row) {
          constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
          return MetricPoint{.key = row.get<std::string>(0),
                             .value = row.get<bool>(2) ? kMissing : row.get<double>(1),
                             .step = row.get<std::int64_t>(3),
                             .at = {row.get<std::int64_t>(4) * 1000}};
        },
        run.id);
    take(std::move(run));
  }
}

}  // namespace mlo::run
