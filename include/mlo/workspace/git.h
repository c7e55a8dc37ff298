#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// The root of the working tree around `start`, found without libgit2.
std::optional<std::filesystem::path> git_root(const std::filesystem::path& start);
/// Git's own folder of the working tree at `root`: `.git`, or where a `.git` file points
/// (worktrees, submodules).
std::filesystem::path git_folder(const std::filesystem::path& root);
/// A file as a commit has it. `revision` is what git takes ("HEAD~2", a branch, a tag, a commit),
/// `path` is relative to the working tree's root; nothing when the commit has no such file.
/// Throws not_found for an unknown revision, unavailable without libgit2.
std::optional<std::string> git_file(const std::filesystem::path& root, const std::string& revision,
                                    const std::string& path);
/// The same for HEAD and every branch, tag and remote-tracking branch, with the reference's name;
/// equal files of several references come once.
struct GitVersion {
  std::string reference;  ///< "refs/heads/main"
  std::string content;
};
std::vector<GitVersion> git_file_everywhere(const std::filesystem::path& root,
                                            const std::string& path);

/// A file that the next commit adds or changes.
struct GitStaged {
  std::string path;  ///< relative to the root of the working tree
  std::uint64_t size_bytes = 0;
};
/// `index` is the index file; empty: the repository's own.
std::vector<GitStaged> git_staged(const std::filesystem::path& root,
                                  const std::filesystem::path& index = {});
/// A file as it is staged; nothing when it is not.
std::optional<std::string> git_staged_file(const std::filesystem::path& root,
                                           const std::filesystem::path& index,
                                           const std::string& path);

/// A value of git's configuration for this repository (all levels), or nothing.
std::optional<std::string> git_setting(const std::filesystem::path& root, const std::string& key);
/// Writes a value of the repository's own configuration; nothing removes it.
void change_git_setting(const std::filesystem::path& root, const std::string& key,
                        const std::optional<std::string>& value);
/// Where git looks for hooks: `core.hooksPath`, else `hooks` in git's folder.
std::filesystem::path git_hooks_folder(const std::filesystem::path& root);

/// libgit2's version, or nothing when it cannot be opened.
std::optional<std::string> git_library_version();

}  // namespace mlo::workspace
