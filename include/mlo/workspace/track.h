#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

struct TrackOptions {
  std::vector<RepoPath> paths;
  std::string reason;
  std::string source;
  std::string license;
};

struct Tracked {
  ledger::DatasetVersion version;
  bool changed = true;          ///< false: this content was the latest version already
  std::string schema_file;      ///< empty when the data is no table
  bool schema_written = false;  ///< inferred now, since there was none
};

/// Records the present content of each path as a dataset version: objects, profile and inferred
/// contract of tables, one ledger entry each, `mlo.lock`. Paths must not be outputs of a step.
std::vector<Tracked> track(Repository& repository, const TrackOptions& options, Progress& progress,
                           const std::stop_token& stop);

struct Change {
  std::string path;
  std::string change;     ///< modified, missing, untracked, renamed
  std::string from = {};  ///< renamed: the recorded path
};
/// What differs between `mlo.lock` and the workspace (tracked data and outputs of steps), and data
/// that `mlo.yaml` names but nobody has tracked.
std::vector<Change> status(Repository& repository, const std::stop_token& stop);

struct Restored {
  std::string path;
  std::string action;  ///< restored, unchanged
};
/// Puts data and outputs of `mlo.lock` in place (all, or the given paths and what lies below).
/// Throws conflict naming files whose present content is nowhere in the store, unless `force`.
enum class Overwrite { never_unsaved, always };
std::vector<Restored> checkout(Repository& repository, const std::vector<RepoPath>& paths,
                               Overwrite overwrite, Progress& progress,
                               const std::stop_token& stop);

}  // namespace mlo::workspace
