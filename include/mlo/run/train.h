#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/core/time.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/sighting.h"

namespace mlo::run {

/// A step that is about to start.
struct StepStart {
  std::string run;       ///< id
  Timestamp started_at;  ///< of the run
  std::string step;
  std::filesystem::path record_file;  ///< what the step tells of itself goes there
};

/// More of the environment of a step that runs on this machine.
using StepEnvironment = std::function<std::map<std::string, std::string>(const StepStart&)>;

struct TrainOptions {
  std::vector<std::string> steps;             ///< these and what they need; empty: all
  std::map<std::string, std::string> params;  ///< override `params`, read as YAML scalars
  int jobs = 1;
  bool dry_run = false;
  bool force = false;       ///< run although nothing changed
  bool keep_going = false;  ///< after a failure run what does not need the failed step
  bool no_cache = false;    ///< run rather than restore outputs that were made before
  std::string reason;
  std::string trigger = "user";
  std::string executor = "local";               ///< the kind of engine for steps that name none
  const workspace::Project* project = nullptr;  ///< steps and params; null: those of mlo.yaml
  StepEnvironment environment = {};             ///< what mlo.yaml sets counts first
  Json tags = Json::object();                   ///< of the run
  bool always_record = false;                   ///< a run that finds all up to date is recorded too
  std::string run = {};                         ///< its id, when the caller has to know it before
  /// Asked when `stop` was requested: by what, for the run's tag `stopped_by`; empty: by people.
  std::function<std::string()> stopped_by = {};
};

struct Trained {
  ledger::Run run;           ///< status finished or failed; of a dry run, what would happen
  bool ran_nothing = false;  ///< every step was up to date: no run was recorded
  std::string failed_step;   ///< empty when all went well
  std::string log_tail;      ///< last lines of the failed step's log
  /// When nothing ran and there are models: the newest run that finished, so that what a crash
  /// right after it left undone (registering its model) can be made good.
  std::optional<ledger::Run> previous = {};
  /// When nothing ran: the files that say so, for `remember_standstill`. Null where a further call
  /// has to look for itself.
  std::shared_ptr<workspace::Sighting> sighting = {};
};

/// Runs the pipeline of `mlo.yaml`: steps in graph order, at most `jobs` at once; a step whose
/// fingerprint (command, inputs, params) is known is restored from the store instead.
/// Outputs and metrics are stored and the run is recorded, also when a step fails: its outputs
/// stay in the workspace and count for nothing. A run is recorded when a step ran, failed or was
/// restored, or when finished steps of a run that was cut off are accounted for by no run yet.
/// Throws bad_input on a broken graph (cycle, two steps writing one path), not_found on a missing
/// input or step, and interrupted after Ctrl-C, with the run recorded.
Trained train(workspace::Repository& repository, const TrainOptions& options, Progress& progress,
              const std::stop_token& stop);

/// What the last call of `train` with nothing to do found, when all that it looked at is as it was:
/// one stat a file instead of reading the pipeline. Null when it takes a look.
std::optional<Trained> recall_standstill(workspace::Repository& repository,
                                         const TrainOptions& options);
/// Keeps for `recall_standstill` that there was nothing to do. For when what the run led to, as the
/// version of a model, is done as well.
void remember_standstill(const Trained& trained);

/// Records runs whose process was killed as interrupted; leaves things as they are while another
/// command is at work, and warns of what cannot be recorded. `train` does this by itself.
void close_dead_runs(workspace::Repository& repository, Progress& progress);

/// The run with this id, or whose id begins so, or the newest of this name. Throws bad_input when
/// an id's beginning could be several.
std::optional<ledger::Run> find_run(workspace::Repository& repository, std::string_view text);

/// What a training script wrote into a file of metrics.
struct FileMetrics {
  Json values = Json::object();       ///< name → number
  std::vector<std::string> left_out;  ///< names of texts, lists, NaN and the like
};

/// What the run makes of files that a training script wrote: {"accuracy": 0.9} from JSON, with NaN
/// as Python writes it, or YAML, nested names joined by '.'. Throws bad_input for any other file.
FileMetrics read_metrics(const std::filesystem::path& file);

}  // namespace mlo::run
