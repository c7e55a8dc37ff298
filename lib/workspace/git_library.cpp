#include "workspace/git_library.h"

#include "mlo/core/error.h"

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

Owned<git_repository> open_git(const std::filesystem::path& folder) {
  git_repository* raw = nullptr;
  check_git(git().repository_open_ext(&raw, folder.c_str(), 0, nullptr), "open the repository");
  return owned(raw, git().repository_free);
}

}  // namespace mlo::workspace
