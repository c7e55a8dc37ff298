#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

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

/// Snapshots, and other objects, that become durable together: one sync for many small files.
/// Used by one thread.
class SnapshotBatch {
 public:
  explicit SnapshotBatch(Repository& repository, std::stop_token stop = {});
  ~SnapshotBatch();
  SnapshotBatch(const SnapshotBatch&) = delete;
  SnapshotBatch& operator=(const SnapshotBatch&) = delete;

  /// As `snapshot`; what was read is remembered from the next `commit` on.
  Snapshot look(const RepoPath& path);
  /// As `store_snapshot`, durable from the next `commit` on.
  Snapshot keep(const RepoPath& path);
  /// An object of the store, durable from the next `commit` on.
  Digest add(std::string_view content);
  /// Makes durable what was added since the last one; the batch may be used again. `refer` writes
  /// down what refers to it: until it returns, nothing is collected.
  void commit(const std::function<void()>& refer = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A file or folder of the store.
struct Content {
  Digest digest;
  bool folder = false;
  bool executable = false;  ///< a file's permission; a folder's tree knows it of its files
};
/// Puts stored content at `path` in place, file by file, each atomically; what is not part of it is
/// removed from a folder. The caller has made sure that nothing unsaved is there.
void restore_snapshot(Repository& repository, const Content& content, const RepoPath& path,
                      Progress& progress = no_progress(), const std::stop_token& stop = {});
/// Writes a copy of stored content anywhere, whole or not at all; the workspace does not know of
/// it. Throws conflict when something is at `target`.
void export_snapshot(Repository& repository, const Content& content,
                     const std::filesystem::path& target, Progress& progress,
                     const std::stop_token& stop);

}  // namespace mlo::workspace
