#include "workspace/git_library.h"

#include "mlo/core/error.h"
#include "mlo/workspace/git.h"

namespace mlo::workspace {

const GitLibrary& git() {
  static const GitLibrary kLibrary = [] {
    GitLibrary library;
    library.libgit2_init();
    return library;
  }();
  return kLibrary;
}

void check_git(int code, std::string_view what) {
  if (code >= 0) return;
  const auto* last = git().error_last();
  throw Error(ErrorKind::unavailable, "git: cannot {}: {}", what,
              last == nullptr ? "unknown reason" : last->message);
}

namespace {

/// libgit2 1.5 says so only by what it missed in git's configuration.
bool is_distrusted(int code) {
  if (code >= 0) return false;
  const auto* last = git().error_last();
  return code == GIT_EOWNER ||
         (last != nullptr &&
          std::string_view(last->message).find("safe.directory") != std::string_view::npos);
}

}  // namespace

Owned<git_repository> open_git(const std::filesystem::path& folder) {
  git_repository* raw = nullptr;
  const int code = git().repository_open_ext(&raw, folder.c_str(), 0, nullptr);
  if (is_distrusted(code)) {
    const auto top = git_root(folder).value_or(folder).string();
    throw Error(ErrorKind::unavailable, "git does not trust '{}': another user owns it", top)
        .hint("git config --global --add safe.directory '{}'", top);
  }
  check_git(code, "open the repository");
  return owned(raw, git().repository_free);
}

}  // namespace mlo::workspace
