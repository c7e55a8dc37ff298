#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/run/train.h"
#include "mlo/workspace/repository.h"

// Looking for good params: each trial is a run of its own, in a workspace of its own.

namespace mlo::run {

struct SearchOptions {
  std::string name;  ///< of an entry of `search:`; empty: the only one
  int jobs = 1;      ///< trials at once
  std::string reason;
  // Over what mlo.yaml says:
  std::optional<std::int64_t> trials;
  std::optional<std::int64_t> seconds;
  std::optional<std::int64_t> seed;
  std::string sampler;
  StepEnvironment environment = {};  ///< of all steps; asked on several threads at once
};

/// One trial of a search.
struct Trial {
  std::int64_t number = 0;  ///< 1, 2, …
  std::string run;          ///< id
  std::string run_name;
  std::string status;  ///< finished, stopped (given up by a rule), failed
  Json params = Json::object();
  std::optional<double> value;  ///< of the metric; of a stopped one what it had reached
  std::string problem;          ///< of a failed one
  std::int64_t duration_ms = 0;
};

struct Searched {
  std::string name;
  std::string metric;
  bool maximize = true;
  std::vector<Trial> trials;        ///< by number, those of earlier calls among them
  std::optional<std::size_t> best;  ///< place in `trials`, of a finished one
  std::size_t begun_now = 0;        ///< trials of this call
  std::string ended;                ///< trials, time, space (all of it was tried), failures, told
};

/// Runs trials until the search has as many as it may, its time is over or every point was tried.
///
/// The pipeline runs for each trial in a workspace beside the user's, with params that the sampler
/// proposes; steps that none of them reaches run once, before. Each trial is a run with the tags
/// `search`, `trial` and `search_key`, so that a search that was cut off goes on after the trials
/// that have ended: `search_key` stands for the space, the seed, the pipeline and its inputs.
/// With -j 1 the same seed leads to the same trials; with more that is so as long as no rule stops
/// trials. Throws not_found when there is no such search or no trial tells the metric, bad_input on
/// a broken space or pipeline, conflict when the search goes on elsewhere, interrupted after
/// Ctrl-C.
Searched search(workspace::Repository& repository, const SearchOptions& options, Progress& progress,
                const std::stop_token& stop);

/// The trials of the newest search of that name, without running any.
Searched searched(workspace::Repository& repository, const std::string& name);

}  // namespace mlo::run
