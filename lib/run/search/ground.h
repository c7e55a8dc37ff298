#pragma once

#include <set>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/run/search.h"
#include "mlo/workspace/search_spec.h"

namespace mlo::run {

/// What all trials of a search begin with: a workspace with the user's files as they were when it
/// began.
struct Ground {
  workspace::Repository base;
  std::vector<std::string> shared_steps;  ///< no searched param reaches them
  /// Outputs of the steps that a searched param reaches: each trial makes its own.
  std::set<std::string> made_by_trials;
  std::string key;  ///< stands for all that makes trials comparable
};

/// Brings the shared steps up to date, once for all trials; `environment` as trials' steps have it.
/// Throws bad_input when one fails.
void run_shared_steps(Ground& ground, const workspace::SearchSpec& spec,
                      const StepEnvironment& environment, Progress& progress,
                      const std::stop_token& stop);

/// Throws bad_input when no step uses a searched param, and as `train` does on a broken pipeline.
Ground lay_ground(workspace::Repository& repository, const workspace::SearchSpec& spec,
                  const std::stop_token& stop);

/// The name of a workspace of a search: 0 is its ground, 1, 2, … those that trials run in.
std::string workspace_of_search(const std::string& search, int number);

}  // namespace mlo::run
