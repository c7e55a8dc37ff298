#include "mlo/workspace/git_ignore.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "mlo/core/error.h"
#include "mlo/workspace/git.h"
#include "workspace/git_library.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// Whether git has `path` (relative to the working tree), or something in it, in its index.
bool is_in_index(git_repository* repository, const std::string& path) {
  git_index* raw = nullptr;
  check_git(git().repository_index(&raw, repository), "open its index");
  const auto index = owned(raw, git().index_free);
  return git().index_get_bypath(raw, path.c_str(), 0) != nullptr ||
         git().index_find_prefix(nullptr, raw, (path + "/").c_str()) == 0;
}

bool is_ignored(git_repository* repository, const fs::path& path) {
  int ignored = 0;
  check_git(git().ignore_path_is_ignored(&ignored, repository, path.c_str()), "read its rules");
  return ignored != 0;
}

/// Whether rules within the folder `path` leave out what is in it, as far as its first files tell:
/// `*` in a .gitignore of its own.
bool is_left_out_from_within(git_repository* repository, const fs::path& root,
                             const fs::path& path) {
  constexpr int kMostFiles = 100;
  int seen = 0;
  std::error_code problem;
  for (auto item = fs::recursive_directory_iterator(root / path, problem);
       !problem && item != fs::recursive_directory_iterator() && seen < kMostFiles;
       item.increment(problem)) {
    if (item->is_directory(problem) || item->path().filename() == ".gitignore") continue;
    if (!is_ignored(repository, item->path().lexically_relative(root))) return false;
    ++seen;
  }
  return true;
}

/// Whether `git add --all` would begin to keep `path`, or something in it.
bool is_taken(git_repository* repository, const fs::path& root, const fs::path& path, bool folder) {
  return !is_in_index(repository, path) && !is_ignored(repository, path) &&
         !(folder && is_left_out_from_within(repository, root, path));
}

/// `path` as a pattern that stands for nothing else: gitignore(5).
std::string pattern_of(const std::string& path, bool folder) {
  std::string pattern = "/";
  for (const char c : path) {
    if (std::string_view("*?[]\\ ").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return folder ? pattern + "/" : pattern;
}

}  // namespace

std::vector<std::string> lines_to_ignore(const Repository& repository,
                                         const std::vector<Tracked>& all) {
  const auto is_first = [](const Tracked& tracked) { return tracked.version.number == 1; };
  // To ask git takes longer than to record one file of thousands, and who was told need not hear it
  // each time.
  if (std::ranges::none_of(all, is_first)) return {};
  const auto root = git_root(repository.root());
  if (!root) return {};
  const auto within = repository.root().lexically_relative(*root);
  std::vector<std::string> lines;
  try {
    const auto opened = open_git(*root);
    for (const auto& tracked : all) {
      if (!is_first(tracked)) continue;
      const auto& version = tracked.version;
      const auto path = (within / version.path).lexically_normal();
      if (is_taken(opened.get(), *root, path, version.folder))
        lines.push_back(pattern_of(version.path, version.folder));
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::unavailable) throw;
  }
  return lines;
}

}  // namespace mlo::workspace
