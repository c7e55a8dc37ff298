#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// Where the contract of the data at `path` is, or would be.
std::string schema_path(const Project& project, const RepoPath& path);

struct TrackOptions {
  std::vector<RepoPath> paths;
  std::string reason;
  std::string source;
  std::string license;
  Json imported = {};  ///< where it was fetched from, for the entry: see `import_data`
};

struct Tracked {
  ledger::DatasetVersion version;
  bool changed = true;          ///< false: this content was the latest version already
  std::string schema_file;      ///< empty when the data is no table
  bool schema_written = false;  ///< inferred now, since there was none
  bool too_large = false;  ///< a table beyond `data.profile_limit`: neither profiled nor inferred
  std::string unreadable = {};  ///< why a table could not be profiled; its content is recorded
};

/// Records the present content of each path as a dataset version: objects, profile and inferred
/// contract of tables, one ledger entry each, `mlo.lock`. A table that cannot be read as one is
/// recorded without, and warned of. Throws conflict for outputs of a step and for a path within
/// another tracked one, bad_input for the project's own files.
std::vector<Tracked> track(Repository& repository, const TrackOptions& options, Progress& progress,
                           const std::stop_token& stop);

/// What `track` would record, without rows and profile; nothing is written.
std::vector<Tracked> preview_track(Repository& repository, const TrackOptions& options,
                                   const std::stop_token& stop);

struct ImportOptions {
  std::string from;                     ///< http(s) URL, file URL, or a path
  std::filesystem::path folder;         ///< relative paths in `from` start here
  RepoPath to;                          ///< the new file or folder
  std::optional<Digest> expected = {};  ///< of a file's bytes
  bool replace = false;                 ///< what is at `to`
  TrackOptions tracking = {};           ///< its paths and `imported` are filled in
};
/// Fetches a file or folder and tracks it, with where it came from in its entry. Either all of it
/// happens or nothing: what was at `to` before comes back when anything fails.
/// Throws conflict when `to` is there already, integrity when the bytes are not the expected ones,
/// unavailable when the other side does not deliver.
std::vector<Tracked> import_data(Repository& repository, ImportOptions options, Progress& progress,
                                 const std::stop_token& stop);

struct Change {
  std::string path;
  std::string change;     ///< modified, missing, untracked, renamed
  std::string from = {};  ///< renamed: the recorded path
};
/// What differs between `mlo.lock` and the workspace (tracked data and outputs of steps), data that
/// `mlo.yaml` names but nobody has tracked, and a `mlo.lock` that is lost.
std::vector<Change> status(Repository& repository, const std::stop_token& stop);

struct Restored {
  std::string path;
  std::string action;  ///< restored, unchanged, copied
};
/// Puts data and outputs of `mlo.lock` in place (all, or the given paths and what lies below).
/// Throws conflict naming files whose present content is nowhere in the store, unless `force`;
/// not_found for everything of a `mlo.lock` that is lost.
enum class Overwrite { never_unsaved, always };
std::vector<Restored> checkout(Repository& repository, const std::vector<RepoPath>& paths,
                               Overwrite overwrite, Progress& progress,
                               const std::stop_token& stop);

}  // namespace mlo::workspace
