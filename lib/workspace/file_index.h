#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/core/digest.h"
#include "mlo/core/file.h"

namespace mlo::workspace {

/// Digests of files that have not changed since they were last read, by path and stat data.
///
/// Follows git's racy-clean rule: an entry whose file was modified no earlier than it was recorded
/// could have changed within the clock's grain, and is not believed. A cache: losing it costs time
/// only.
class FileIndex {
 public:
  explicit FileIndex(Database& database);
  [[nodiscard]] std::optional<Digest> find(const std::string& path, const FileStatus& status);
  /// Kept in memory until `save`.
  void remember(const std::string& path, const FileStatus& status, const Digest& digest,
                Timestamp now);
  /// Writes what was learned in one transaction. A cache that cannot be written is no error.
  void save();

 private:
  struct Learned {
    std::string path;
    FileStatus status;
    Digest digest;
    Timestamp at;
  };
  Database* database_;
  std::vector<Learned> learned_;
};

}  // namespace mlo::workspace
