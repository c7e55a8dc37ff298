#pragma once

#include <filesystem>
#include <string>

namespace mlo::workspace {

/// A second working tree of a git repository, at one commit; made and removed by the program git,
/// which knows every kind of repository. The first working tree and its branch stay as they are.
class GitWorktree {
 public:
  /// `repository` is the root of a working tree, `folder` does not exist yet. No hook runs.
  /// Throws not_found when there is no such commit, unavailable without git.
  GitWorktree(std::filesystem::path repository, const std::string& commit,
              std::filesystem::path folder);
  /// Takes it away, unless `keep` was called.
  ~GitWorktree();
  GitWorktree(const GitWorktree&) = delete;
  GitWorktree& operator=(const GitWorktree&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Applies changes as `git diff --binary` writes them; false when they do not fit.
  [[nodiscard]] bool apply(const std::string& patch) const;
  void keep() { kept_ = true; }

 private:
  std::filesystem::path repository_;
  std::filesystem::path folder_;
  bool kept_ = false;
};

}  // namespace mlo::workspace
