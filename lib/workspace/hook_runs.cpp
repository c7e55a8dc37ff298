#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/hooks.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/settings.h"
#include "mlo/workspace/track.h"
#include "workspace/closure.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// Git's view of the workspace: where mlo.lock is in it, and what some commit says there.
class GitSide {
 public:
  explicit GitSide(const Repository& repository) {
    const auto root = git_root(repository.root());
    if (!root)
      throw Error(ErrorKind::not_found, "'{}' is in no git repository", repository.root().string())
          .hint("hooks are called by git");
    root_ = *root;
    inner_ = repository.root().lexically_relative(root_).lexically_normal();
  }
  [[nodiscard]] const fs::path& root() const { return root_; }
  [[nodiscard]] std::string lock_path() const { return (inner_ / "mlo.lock").lexically_normal(); }
  /// `path` of git as one of the workspace; nothing when it lies outside, or is private.
  [[nodiscard]] std::optional<RepoPath> in_workspace(const std::string& path) const {
    const auto relative = fs::path(path).lexically_relative(inner_);
    if (relative.empty() || *relative.begin() == "..") return std::nullopt;
    return RepoPath::parse(relative.string());
  }
  /// An unknown or zero commit, and one without the file, have an empty one.
  [[nodiscard]] std::string lock_text(const std::string& commit) const {
    if (commit.find_first_not_of('0') == std::string::npos) return "";
    try {
      return git_file(root_, commit, lock_path()).value_or("");
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
      return "";
    }
  }

 private:
  fs::path root_;
  fs::path inner_;
};

LockFile parsed(const std::string& text, const std::string& commit) {
  return text.empty() ? LockFile() : parse_lock_file(text, commit + ":mlo.lock");
}

/// Paths with digests that `before` does not have so.
std::vector<std::pair<std::string, Digest>> changed_facts(const LockFile& before,
                                                          const LockFile& after) {
  std::vector<std::pair<std::string, Digest>> changed;
  const auto add = [&](const auto& old, const auto& now) {
    for (const auto& [path, digest] : now) {
      const auto found = old.find(path);
      if (found == old.end() || found->second != digest) changed.emplace_back(path, digest);
    }
  };
  add(before.data, after.data);
  add(before.outputs, after.outputs);
  return changed;
}

/// Data follows what git did to mlo.lock between two commits.
HookResult follow(Repository& repository, const std::string& from, const std::string& to,
                  Progress& progress, const std::stop_token& stop) {
  HookResult result;
  const GitSide git(repository);
  const auto before = git.lock_text(from);
  if (before == git.lock_text(to)) return result;
  std::size_t restored = 0;
  const auto lock = read_lock_file(repository.root());
  for (const auto& [path, digest] : changed_facts(parsed(before, "before"), lock)) {
    try {
      for (const auto& one :
           checkout(repository, {RepoPath::parse(path)}, Overwrite::never_unsaved, progress, stop))
        restored += one.action == "restored" ? 1 : 0;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      // One path's trouble leaves the others to be restored; git's own work is done by now.
      result.lines.push_back(fmt::format("left as it is: {}: {}", path, error.message()));
      result.hint = "mlo status";
    }
  }
  if (restored > 0)
    result.lines.insert(result.lines.begin(),
                        fmt::format("restored {} path{}", restored, restored == 1 ? "" : "s"));
  return result;
}

HookResult post_checkout(Repository& repository, const HookCall& call, Progress& progress,
                         const std::stop_token& stop) {
  // The third argument is 0 when single files were checked out.
  if (call.arguments.size() != 3 || call.arguments[2] != "1") return {};
  return follow(repository, call.arguments[0], call.arguments[1], progress, stop);
}

bool is_recorded(const LockFile& lock, const RepoPath& path) {
  const auto within = [&](const auto& fact) { return path.is_within(RepoPath::parse(fact.first)); };
  return std::ranges::any_of(lock.data, within) || std::ranges::any_of(lock.outputs, within);
}

void refuse_large_files(const Repository& repository, const GitSide& git, const fs::path& index,
                        const LockFile& lock, HookResult& result) {
  const auto limit = parse_bytes(
      setting_or_default("hooks.max_file_size", repository.folder(), repository.world()).value);
  for (const auto& file : git_staged(git.root(), index)) {
    if (file.size_bytes <= limit) continue;
    const auto path = git.in_workspace(file.path);
    if (path && is_recorded(lock, *path)) {
      result.lines.push_back(
          fmt::format("{} ({}) is tracked by mlo, and git would keep it too: git rm --cached",
                      printable(file.path), format_bytes(file.size_bytes)));
      continue;
    }
    result.passed = false;
    result.lines.push_back(fmt::format("{} is too large for git: {}, at most {}",
                                       printable(file.path), format_bytes(file.size_bytes),
                                       format_bytes(limit)));
    result.hint = fmt::format(
        "git rm --cached {0}; mlo track {0}; mlo config changes "
        "hooks.max_file_size",
        printable(path ? path->text() : file.path));
  }
}

HookResult pre_commit(Repository& repository, const std::stop_token& stop) {
  HookResult result;
  const GitSide git(repository);
  // `git commit -a` and `git commit FILE` work on an index of their own.
  const fs::path index = repository.world().environment("GIT_INDEX_FILE").value_or("");
  const auto lock = read_lock_file(repository.root());
  refuse_large_files(repository, git, index, lock, result);
  for (const auto& change : status(repository, stop)) {
    const bool data = lock.data.contains(change.path) || lock.data.contains(change.path + "/");
    result.lines.push_back(fmt::format("{}: {}", change.change, change.path));
    if (change.change != "modified" || !data) continue;
    result.passed = false;
    if (result.hint.empty())
      result.hint = fmt::format("mlo track {}; git add {}", change.path, git.lock_path());
  }
  const auto file = repository.root() / "mlo.lock";
  if (status_of(file) && git_staged_file(git.root(), index, git.lock_path()) != read_file(file))
    result.lines.push_back("mlo.lock is not staged as it is: git add " + git.lock_path());
  return result;
}

HookResult pre_push(Repository& repository, const HookCall& call) {
  HookResult result;
  const GitSide git(repository);
  for (const auto& line : split(call.input, '\n')) {
    const auto words = split(line, ' ');
    if (words.size() != 4) continue;
    const auto& local = words[1];
    const auto known = parsed(git.lock_text(words[3]), words[3]);
    const auto pushed = parsed(git.lock_text(local), local);
    for (const auto& [path, digest] : changed_facts(known, pushed)) {
      if (is_whole(repository.store(), digest, path.ends_with('/'))) continue;
      result.passed = false;
      result.lines.push_back(fmt::format("{} names {} of {}, which is not in the store whole",
                                         words[0], digest.brief(), path));
      result.hint = "mlo fsck --repair";
    }
  }
  return result;
}

}  // namespace

HookResult run_hook(Repository& repository, const HookCall& call, Progress& progress,
                    const std::stop_token& stop) {
  if (call.name == "post-checkout") return post_checkout(repository, call, progress, stop);
  // An amended commit keeps the files as they are; a merge, a pull and a rebase leave the commit
  // before them under this name.
  const bool rebased =
      call.name == "post-rewrite" && !call.arguments.empty() && call.arguments.front() == "rebase";
  if (call.name == "post-rewrite" && !rebased) return {};
  if (call.name == "post-merge" || rebased)
    return follow(repository, "ORIG_HEAD", "HEAD", progress, stop);
  if (call.name == "pre-commit") return pre_commit(repository, stop);
  if (call.name == "pre-push") return pre_push(repository, call);
  throw Error(ErrorKind::usage, "no hook '{}'", call.name)
      .hint("post-checkout, post-merge, post-rewrite, pre-commit, pre-push");
}

}  // namespace mlo::workspace
