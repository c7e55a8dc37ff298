#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "mlo/core/digest.h"
#include "mlo/core/path.h"

// What may be a dataset of its own: no file of the project itself, and nothing within another one.

namespace mlo::workspace {

/// Throws bad_input for `mlo.yaml`, `mlo.lock` and the contracts in `schemas` of the workspace at
/// `root`: a checkout would put old ones back, and forget with them what was tracked since.
void refuse_project_files(const std::filesystem::path& root, const RepoPath& path);

/// The tracked paths, of which none lies within another: `status` and `checkout` could not please
/// both. Asking costs as many look-ups as the path has folders.
class TrackedPaths {
 public:
  /// `data` of `mlo.lock`.
  TrackedPaths(std::filesystem::path root, const std::map<std::string, Digest>& data);

  /// Throws conflict when `path` lies within one of them, or one of them within it.
  void add(const RepoPath& path);
  void remove(const RepoPath& path) { paths_.erase(path.text()); }

 private:
  std::filesystem::path root_;
  std::set<std::string> paths_;
};

}  // namespace mlo::workspace
