#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace mlo::workspace {

/// What git knows of the code at this moment.
struct GitState {
  std::filesystem::path root;  ///< of the working tree
  std::string commit;          ///< 40 hex digits; empty before the first commit
  std::string branch;          ///< empty when detached
  std::string author;          ///< "Ana <ana@example.org>" of the configured user; may be empty
  std::string diff;            ///< uncommitted changes as a patch; empty when clean
};

/// The state of the git repository around `folder`; nothing when there is none, or when libgit2,
/// which is opened here at run time, is not installed (then `problem` says so).
std::optional<GitState> git_state(const std::filesystem::path& folder,
                                  std::string* problem = nullptr);
/// The root of the working tree around `folder`, found without libgit2.
std::optional<std::filesystem::path> git_root(const std::filesystem::path& folder);
/// Git's own folder of the working tree at `root`: `.git`, or where a `.git` file points
/// (worktrees, submodules).
std::filesystem::path git_folder(const std::filesystem::path& root);
/// libgit2's version, or nothing when it cannot be opened.
std::optional<std::string> git_library_version();

}  // namespace mlo::workspace
