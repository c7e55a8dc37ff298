#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/ledger/tracking.h"
#include "mlo/workspace/repository.h"

// Runs that scripts track themselves, point by point. What arrives is durable in mlo.db before its
// caller goes on; when the run ends, one signed entry tells it, and what is done to it later is an
// entry each. Runs of `mlo train` are seen and changed by the same functions.

namespace mlo::run {

/// A run's id as 32 hexadecimal digits, as MLflow's clients spell it, and back: the same 128 bits.
std::string hex_of_run(std::string_view id);
/// The id behind either spelling; nothing when it is none.
std::optional<std::string> parse_run_id(std::string_view text);

/// Our word for a status of MLflow's clients ("KILLED" → "interrupted"), and theirs for ours.
std::optional<std::string> status_from_client(std::string_view text);
std::string status_for_client(std::string_view status);

/// A param as JSON: a number where its text is one.
Json typed_value(const std::string& text);

struct MetricPoint {
  std::string key;
  double value = 0;  ///< may be NaN; infinities become the largest double
  std::int64_t step = 0;
  Timestamp at;
};
struct DatasetInput {
  std::string name;
  std::string digest;             ///< the client's own
  Json details = Json::object();  ///< source_type, source, schema, profile
  Json tags = Json::object();
};
struct ModelLink {
  std::string model;
  std::string direction;  ///< input, output
  std::int64_t step = 0;
};

/// A run as tracking shows it, ended or not.
struct TrackedRun {
  std::string id;
  std::int64_t experiment = 0;
  std::string name;
  std::string status;  ///< running, scheduled, finished, failed, interrupted
  Timestamp started_at;
  std::optional<Timestamp> finished_at;
  std::string user;
  bool deleted = false;
  bool live = false;                      ///< not ended: no entry tells it as it is now
  std::vector<MetricPoint> metrics = {};  ///< the newest of each, by name
  std::vector<std::pair<std::string, std::string>> params = {};
  std::vector<std::pair<std::string, std::string>> tags = {};
};

struct NewRun {
  std::int64_t experiment = 0;
  std::string name;
  std::string user;
  Timestamp started_at;
  std::vector<std::pair<std::string, std::string>> tags;
  std::optional<std::string> id = {};  ///< of an imported run
};

/// What a client tells of a run at once: all of it counts, or nothing.
struct Logged {
  std::vector<MetricPoint> metrics = {};
  std::vector<std::pair<std::string, std::string>> params = {};
  std::vector<std::pair<std::string, std::string>> tags = {};
};
/// What an acknowledged point outlives: the end of every process here, or a power cut too.
enum class Durability { process, disk };

/// Begins a run. Throws not_found for an unknown or removed experiment.
TrackedRun begin_run(workspace::Repository& repository, const NewRun& run);
/// The rows of a run that `mlo train` has begun and a client now tells of; nothing when they are
/// there, or when the run has ended.
void adopt_run(workspace::Repository& repository, const NewRun& run);
void move_run(workspace::Repository& repository, std::string_view id, std::int64_t experiment);
/// Throws not_found for an unknown run, here and below; bad_input for a removed run, or a param
/// that has another value already. Points that are there already are left out.
void log(workspace::Repository& repository, std::string_view id, const Logged& logged,
         Durability durability);
void remove_tag(workspace::Repository& repository, std::string_view id, std::string_view key);
void log_inputs(workspace::Repository& repository, std::string_view id,
                std::span<const DatasetInput> datasets, std::span<const ModelLink> models);

struct RunUpdate {
  std::optional<std::string> status = {};
  std::optional<Timestamp> finished_at = {};
  std::optional<std::string> name = {};
};
/// Names a run, ends it (its entry is written) or lets it go on.
TrackedRun update_run(workspace::Repository& repository, std::string_view id,
                      const RunUpdate& update);
enum class Shown { active, deleted, all };
/// The id of the one run that `text` means among those that are shown, or that were removed: its
/// id, the beginning of it, or its name. Throws bad_input with the candidates when it could be
/// several, not_found when it is none of them.
std::string only_run(workspace::Repository& repository, std::string_view text, Shown shown);
/// Hides a run until `mlo gc`, or shows it again.
void hide_run(workspace::Repository& repository, std::string_view id, bool hidden);

std::optional<TrackedRun> tracked_run(workspace::Repository& repository, std::string_view id);
/// A run that goes on, by an id, its beginning or its name, as the entry would tell it now.
std::optional<ledger::Run> find_live_run(workspace::Repository& repository, std::string_view text);
std::vector<DatasetInput> inputs_of(workspace::Repository& repository, std::string_view id);
std::vector<ModelLink> models_of(workspace::Repository& repository, std::string_view id);

/// Makes points of ended runs in mlo.db again what the runs' entries say; of how many runs they
/// were something else.
std::int64_t mend_points(workspace::Repository& repository);

/// The points of one metric by time and step: at most `most`, beginning after `offset` of them.
/// Of a run that recorded them by `mlo record` they are read from its objects.
std::vector<MetricPoint> metric_history(workspace::Repository& repository, std::string_view id,
                                        std::string_view key, std::int64_t offset,
                                        std::int64_t most);

/// A file of a run or a logged model, or a folder of such.
struct TrackedFile {
  std::string path;  ///< below the owner's root
  bool folder = false;
  std::uint64_t size_bytes = 0;
  Digest digest;  ///< of a file
};
/// What lies directly in `folder` (empty: the root) of a run, by id, or a logged model: what
/// clients sent and what the run's steps made. Nothing when there is no such folder.
std::vector<TrackedFile> list_artifacts(workspace::Repository& repository, std::string_view owner,
                                        std::string_view folder);
/// Every file at or below `path`, by path.
std::vector<TrackedFile> artifacts_below(workspace::Repository& repository, std::string_view owner,
                                         std::string_view path);
std::optional<TrackedFile> find_artifact(workspace::Repository& repository, std::string_view owner,
                                         std::string_view path);
/// Records that a file of the store is the owner's. The batch that holds it is alive and committed.
void keep_artifact(workspace::Repository& repository, const std::string& owner,
                   const ledger::Artifact& file);

/// A question in the language of MLflow's clients: "metrics.auc > 0.9 AND params.`d` = '5'".
struct TrackedQuestion {
  std::vector<std::int64_t> experiments;
  std::string filter;
  std::vector<std::string> order_by;
  Shown shown = Shown::active;
  std::int64_t offset = 0;
  std::int64_t most = 1000;
};
/// Throws bad_input for a filter or order that cannot be understood.
std::vector<TrackedRun> search_runs(workspace::Repository& repository,
                                    const TrackedQuestion& question);

struct ExperimentQuestion {
  std::string filter;  ///< name = 'x' AND tags.k LIKE 'v%'
  std::vector<std::string> order_by;
  Shown shown = Shown::active;
  std::int64_t offset = 0;
  std::int64_t most = 1000;
};
std::vector<ledger::Experiment> search_experiments(workspace::Repository& repository,
                                                   const ExperimentQuestion& question);
/// Makes an experiment. Throws conflict when the name is taken.
ledger::Experiment create_experiment(workspace::Repository& repository, const std::string& name,
                                     const Json& tags);
struct ExperimentEdit {
  std::optional<std::string> name = {};
  std::optional<bool> deleted = {};
  Json tags = Json::object();  ///< set; null: taken away
};
/// Throws not_found for an unknown experiment, conflict for a name that is taken.
ledger::Experiment edit_experiment(workspace::Repository& repository, std::int64_t number,
                                   const ExperimentEdit& edit);

/// A lock around reading and writing again what an entry states as a whole: other processes may
/// serve the same repository.
FileLock tracking_lock(const workspace::Repository& repository);

}  // namespace mlo::run
