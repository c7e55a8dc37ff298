#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "mlo/core/digest.h"
#include "mlo/core/path.h"
#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// A file or folder of the workspace by content.
struct Snapshot {
  Digest digest;  ///< of the file, or of the folder's tree
  bool folder = false;
  std::uint64_t size_bytes = 0;
  std::int64_t files = 0;
};

/// The present content of `path`; unchanged files are not read again (stat index, git's racy-clean
/// rule). Throws not_found.
Snapshot snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop = {});
/// The same, and every object is in the store, durably.
Snapshot store_snapshot(Repository& repository, const RepoPath& path,
                        const std::stop_token& stop = {}, Progress& progress = no_progress());
/// Puts the stored content at `path` in place, file by file, each atomically; what is not part of
/// it is removed from a folder. The caller has made sure that nothing unsaved is there.
void restore_snapshot(Repository& repository, const Digest& digest, bool folder,
                      const RepoPath& path, const std::stop_token& stop = {},
                      bool executable = false);

}  // namespace mlo::workspace
