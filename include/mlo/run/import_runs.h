#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

namespace mlo::run {

struct ImportedRun {
  std::string id;
  std::string name;
  std::string status;
  std::int64_t points = 0;
  std::int64_t artifacts = 0;
};
struct ImportedRuns {
  std::string kind;  ///< mlruns, sqlite, dvc
  std::vector<ImportedRun> runs;
  std::int64_t known = 0;     ///< that were here already
  std::int64_t left_out = 0;  ///< that cannot be read: each is warned of
};

struct ImportOptions {
  std::filesystem::path place;
  /// A further folder from which files may be taken; empty: only from the place itself.
  std::filesystem::path artifacts = {};
};

/// Takes the runs of another tracker in: MLflow's `mlruns` folder or SQLite file, DVC's `dvc.lock`
/// with `dvclive` beside it. Ids, times, params, metrics with their points, tags and files stay
/// what they were; a run that is here already is left as it is, but for files that `artifacts` now
/// lets it have. Files are taken from below the place (a database: its folder) and `artifacts`
/// alone, whatever names others. Throws bad_input for a place that is none of these.
ImportedRuns import_runs(workspace::Repository& repository, const ImportOptions& options,
                         Progress& progress, const std::stop_token& stop);

}  // namespace mlo::run
