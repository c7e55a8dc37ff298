#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "mlo/core/json.h"
#include "mlo/run/tracking.h"

namespace mlo::serve::tracking {

/// What a step's token stands for. Code that was written for a tracking server finds the run of
/// `mlo train` in MLFLOW_RUN_ID: what it logs there belongs to the step, as what `mlo record`
/// tells.
struct StepBinding {
  std::string run;  ///< id of the run that `mlo train` makes
  std::string step;
  Timestamp started_at;
  std::filesystem::path record_file;
  std::optional<std::int64_t> experiment = {};  ///< that the code named last
  std::set<std::string> children = {};          ///< runs that the code began beside
};

// Each does nothing for a call without a step's token.

[[nodiscard]] bool is_own_run(const StepBinding* step, std::string_view run);
/// The step's run has rows from its first call on.
void own_row(workspace::Repository& repository, const StepBinding* step, std::string_view run);
/// Code that sets its experiment and then looks for its run must find it there.
void note_experiment(StepBinding* step, std::int64_t experiment);
void settle_experiment(workspace::Repository& repository, const StepBinding* step,
                       std::string_view run);
/// A run that a step begins is nested in the step's.
void add_parent(const StepBinding* step, Json& tags);
void note_child(StepBinding* step, std::string_view run);
/// Tells the step's record, which goes into the run cache with its outputs.
void record(const StepBinding* step, std::string_view run, const run::Logged& logged);
void record_artifact(const StepBinding* step, std::string_view run, const std::string& path,
                     const Digest& digest, Timestamp at);

}  // namespace mlo::serve::tracking
