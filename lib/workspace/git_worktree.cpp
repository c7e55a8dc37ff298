#include "mlo/workspace/git_worktree.h"

#include <vector>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// Hooks are for people's checkouts: ours would put today's data into the old commit.
ProcessResult call_git(const fs::path& folder, const std::vector<std::string>& words) {
  // A hook of git that called us has left its own places in the environment.
  std::vector<std::string> argv{"env",
                                "-u",
                                "GIT_DIR",
                                "-u",
                                "GIT_WORK_TREE",
                                "-u",
                                "GIT_INDEX_FILE",
                                "LC_ALL=C",
                                "git",
                                "-C",
                                folder.string(),
                                "-c",
                                "core.hooksPath=/dev/null"};
  argv.insert(argv.end(), words.begin(), words.end());
  auto result = run_process({.argv = std::move(argv)});
  if (result.exit_code == 127)
    throw Error(ErrorKind::unavailable, "git is not installed, and the run's code is a commit")
        .hint("install git");
  return result;
}

}  // namespace

GitWorktree::GitWorktree(fs::path repository, const std::string& commit, fs::path folder)
    : repository_(std::move(repository)), folder_(std::move(folder)) {
  const auto made =
      call_git(repository_, {"worktree", "add", "--quiet", "--detach", folder_.string(), commit});
  if (made.exit_code == 0) return;
  throw Error(ErrorKind::not_found, "commit {} cannot be checked out: {}", commit.substr(0, 12),
              printable(trim(made.output)))
      .hint("fetch it: git fetch --all");
}

GitWorktree::~GitWorktree() {
  if (kept_) return;
  try {
    call_git(repository_, {"worktree", "remove", "--force", "--force", folder_.string()});
  } catch (const Error&) {
    // Left for `git worktree prune`.
  }
}

bool GitWorktree::apply(const std::string& patch) const {
  const auto file = folder_ / ".mlo-uncommitted.patch";
  {
    auto out = File::open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    out.write_all(bytes_of(patch));
  }
  const auto applied = call_git(
      folder_, {"apply", "--binary", "--whitespace=nowarn", "--", file.filename().string()});
  fs::remove(file);
  return applied.exit_code == 0;
}

}  // namespace mlo::workspace
