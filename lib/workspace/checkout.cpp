#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"

namespace mlo::workspace {
namespace {

struct Wanted {
  RepoPath path;
  Digest digest;
  bool folder = false;
};

std::vector<Wanted> wanted_paths(const LockFile& lock, const std::vector<RepoPath>& asked) {
  std::vector<Wanted> all;
  const auto add = [&](const std::map<std::string, Digest>& facts) {
    for (const auto& [text, digest] : facts) {
      const auto path = RepoPath::parse(text);
      const bool meant = asked.empty() || std::ranges::any_of(asked, [&](const RepoPath& one) {
                           return path.is_within(one);
                         });
      if (meant) all.push_back({path, digest, text.ends_with('/')});
    }
  };
  add(lock.data);
  add(lock.outputs);
  return all;
}

/// True when every byte of `digest`'s content is in the store.
bool is_stored(Repository& repository, const Digest& digest, bool folder) {
  if (!repository.store().contains(digest)) return false;
  if (!folder) return true;
  return std::ranges::all_of(
      store::decode_tree(repository.store().read(digest)), [&](const store::TreeEntry& entry) {
        return is_stored(repository, entry.digest, entry.mode == store::TreeEntry::Mode::folder);
      });
}

/// Paths whose present content would be lost.
std::vector<std::string> unsaved(Repository& repository, const std::vector<Wanted>& all,
                                 const std::stop_token& stop) {
  std::vector<std::string> paths;
  for (const auto& one : all) {
    if (!status_of(one.path.under(repository.root()))) continue;
    const auto present = snapshot(repository, one.path, stop);
    if (present.digest != one.digest && !is_stored(repository, present.digest, present.folder))
      paths.push_back(one.path.text());
  }
  return paths;
}

void refuse_unknown(const std::vector<RepoPath>& asked, const std::vector<Wanted>& found) {
  for (const auto& one : asked)
    if (std::ranges::none_of(found,
                             [&](const Wanted& wanted) { return wanted.path.is_within(one); }))
      throw Error(ErrorKind::not_found, "'{}' is not in mlo.lock", one.text())
          .hint("mlo status lists what is; a folder's content is restored by the folder's path");
}

}  // namespace

std::vector<Restored> checkout(Repository& repository, const std::vector<RepoPath>& paths,
                               Overwrite overwrite, Progress& progress,
                               const std::stop_token& stop) {
  const auto lock = repository.lock();
  const auto all = wanted_paths(read_lock_file(repository.root()), paths);
  refuse_unknown(paths, all);
  // Everything is looked at before anything is touched.
  if (overwrite == Overwrite::never_unsaved) {
    const auto lost = unsaved(repository, all, stop);
    if (!lost.empty())
      throw Error(ErrorKind::conflict, "unsaved changes would be lost: {}", join(lost, ", "))
          .hint("mlo track them first, or give them up: mlo checkout --force");
  }
  std::vector<Restored> restored;
  for (const auto& one : all) {
    throw_if_stopped(stop);
    progress.advance("restoring", restored.size(), all.size());
    const bool there = status_of(one.path.under(repository.root())).has_value();
    if (there && snapshot(repository, one.path, stop).digest == one.digest) {
      restored.push_back({one.path.text(), "unchanged"});
      continue;
    }
    restore_snapshot(repository, one.digest, one.folder, one.path, stop);
    restored.push_back({one.path.text(), "restored"});
  }
  return restored;
}

}  // namespace mlo::workspace
