#include <algorithm>
#include <limits>

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

struct RunRow {
  ForeignRun run;
  std::int64_t started_ms = 0;
  std::int64_t finished_ms = 0;
  std::string artifact_uri;
};

RunRow read_run_row(const Row& row) {
  return {.run = {.id = row.get<std::string>(0),
                  .experiment = row.get<std::string>(1),
                  .name = row.get<std::string>(2),
                  .user = row.get<std::string>(3),
                  .status = status_from_client(row.get<std::string>(4)).value_or("finished"),
                  .started_at = {},
                  .finished_at = {},
                  .deleted = row.get<std::string>(7) == "deleted"},
          .started_ms = row.get<std::int64_t>(5),
          .finished_ms = row.get<std::int64_t>(6),
          .artifact_uri = row.get<std::string>(8)};
}

MetricPoint read_point(const Row& row) {
  constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
  return {.key = row.get<std::string>(0),
          .value = row.get<bool>(2) ? kMissing : row.get<double>(1),
          .step = row.get<std::int64_t>(3),
          .at = time_from_milliseconds(row.get<std::int64_t>(4))};
}

/// The folder of this machine that a URI means, when it means one. What a server kept for its
/// clients lies where the user says.
fs::path local_folder(std::string_view uri, const fs::path& beside, const fs::path& served) {
  constexpr std::string_view kServed = "mlflow-artifacts:/";
  if (uri.starts_with(kServed) && !served.empty()) {
    uri.remove_prefix(std::min(uri.find_first_not_of('/', kServed.size()), uri.size()));
    return served / uri;
  }
  if (uri.starts_with("file://")) uri.remove_prefix(7);
  if (uri.empty() || uri.find(":/") != std::string_view::npos) return {};
  return beside / uri;  // as it is, where it is absolute
}

/// Beside a database lies whatever its folder holds: that folder itself, and hidden ones in it, are
/// not the runs'.
bool is_plainly_below(const fs::path& folder, const fs::path& beside) {
  std::error_code problem;
  const auto below = fs::weakly_canonical(folder, problem)
                         .lexically_relative(fs::weakly_canonical(beside, problem));
  return !below.empty() && std::ranges::none_of(below, [](const fs::path& part) {
    return part.string().starts_with('.');
  });
}

void find_artifacts(const RunRow& row, const fs::path& beside, const Reach& reach,
                    ForeignRun& run) {
  const auto folder = local_folder(row.artifact_uri, beside, reach.named());
  if (folder.empty() || !fs::is_directory(folder)) return;
  const bool own = is_plainly_below(folder, beside) || reach.is_named(folder);
  (own ? run.artifacts : run.left_out) = folder;
}

}  // namespace

void read_mlflow_sqlite(const fs::path& file, const Intake& intake) {
  Database database(file, Database::Mode::read_only);
  const auto there = [](const Row& row) { return row.get<bool>(0); };
  if (!database.one(kIsOurs, there))
    throw Error(ErrorKind::bad_input, "'{}' is no database of MLflow's", file.string());
  const auto beside = fs::absolute(file).parent_path();
  for (const auto& row : database.all(kRuns, read_run_row)) {
    const auto read = try_to_read(intake, row.run.id, [&] {
      auto run = row.run;
      run.started_at = time_from_milliseconds(row.started_ms);
      run.finished_at = time_from_milliseconds(row.finished_ms);
      run.facts.params = database.all(kParams, read_pair, run.id);
      run.facts.tags = database.all(kTags, read_pair, run.id);
      run.facts.metrics = database.all(kMetrics, read_point, run.id);
      find_artifacts(row, beside, intake.reach, run);
      return run;
    });
    if (read) intake.take(*read);
  }
}

}  // namespace mlo::run
