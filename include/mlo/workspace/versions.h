#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/path.h"
#include "mlo/ledger/history.h"
#include "mlo/ledger/versions.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/track.h"

// What people do with versions that are recorded: name them, put one back, move them, let them go.

namespace mlo::workspace {

/// Gives `reference`'s version a name that PATH@NAME finds; the name may not stand for another
/// version already (conflict), nor read like a number, a digest or a keyword (usage).
ledger::Tag add_tag(Repository& repository, const DatasetReference& reference,
                    const std::string& name, const std::string& reason,
                    Progress& progress = no_progress());
/// Throws not_found when `path` has no such tag.
ledger::Tag remove_tag(Repository& repository, const RepoPath& path, const std::string& name,
                       const std::string& reason, Progress& progress = no_progress());

/// What happened to the dataset at `path`, newest first. Throws not_found when nothing is recorded
/// of it, naming what is near.
std::vector<ledger::Event> history_of(Repository& repository, const RepoPath& path,
                                      std::int64_t limit);

/// Throws not_found when its content is not in the store (any more), and says who collected it.
void require_content(Repository& repository, const DatasetReference& reference);

/// Puts that version's content at its path and names it in `mlo.lock`. Throws conflict when the
/// present content is nowhere in the store (unless `overwrite` says so), or a step makes the path.
Restored checkout_version(Repository& repository, const DatasetReference& reference,
                          Overwrite overwrite, Progress& progress = no_progress(),
                          const std::stop_token& stop = {});

/// `checkout` for what people type: PATH@VERSION as `checkout_version` does, other paths as
/// `mlo.lock` says; nothing at all means everything.
std::vector<Restored> checkout_typed(Repository& repository, const std::vector<Typed>& all,
                                     Overwrite overwrite, Progress& progress,
                                     const std::stop_token& stop);
/// Copies of the same content below the folder `to`, each at its path there; `mlo.lock` and the
/// workspace stay as they are. Throws conflict, before anything is written, when one of them is
/// there already.
std::vector<Restored> export_typed(Repository& repository, const std::vector<Typed>& all,
                                   const std::filesystem::path& to, Progress& progress,
                                   const std::stop_token& stop);

/// Drops paths from `mlo.lock`; files, content and history stay. Throws not_found for a path that
/// is not tracked, conflict for an output of a step.
std::vector<ledger::Untracking> untrack(Repository& repository, const std::vector<RepoPath>& paths,
                                        const std::string& reason,
                                        Progress& progress = no_progress());

struct MoveOptions {
  RepoPath from;
  RepoPath to;
  std::string reason = {};
};
struct Moved {
  RepoPath from;
  RepoPath to;
  Digest digest;
  bool file_moved = true;   ///< false: it lay at the new place already
  bool in_project = false;  ///< mlo.yaml names the old path
};
/// Moves a tracked file or folder and its line of `mlo.lock`; the new path's versions are counted
/// anew from the same content, and go on from what was recorded under the old one. When the file
/// was moved by other means, only the record is. Throws conflict when something else is at `to` (or
/// below it, when that is a folder).
Moved move(Repository& repository, const MoveOptions& options, Progress& progress,
           const std::stop_token& stop);

/// `status`, where a path that is gone and an unrecorded one with its content are one change
/// "renamed". Files are looked for in the workspace by their size first.
std::vector<Change> changes(Repository& repository, const std::stop_token& stop);

}  // namespace mlo::workspace
