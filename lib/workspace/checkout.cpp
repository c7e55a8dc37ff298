#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/ledger/telling.h"
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"
#include "workspace/closure.h"
#include "workspace/scanner.h"
#include "workspace/wanted.h"

namespace mlo::workspace {
namespace {

/// Files whose present content would be lost: it is not in the store.
std::vector<std::string> unsaved(Repository& repository, const std::vector<Wanted>& all,
                                 const std::stop_token& stop) {
  std::vector<std::string> paths;
  for (const auto& one : all) {
    if (!status_of(one.path.under(repository.root()))) continue;
    Scanner scanner(repository, Scanner::Keep::digests_only, stop);
    scanner.keep_entries();
    if (scanner.scan(one.path).digest == one.content.digest) continue;
    scanner.for_each_file([&](const std::string& path, const ScannedFolder::Entry& entry) {
      if (!repository.store().contains(entry.digest)) paths.push_back(printable(path));
    });
    scanner.commit();
  }
  return paths;
}

/// A list that fits on a screen.
std::string some_of(const std::vector<std::string>& paths) {
  constexpr std::size_t kMost = 10;
  if (paths.size() <= kMost) return join(paths, ", ");
  const std::vector<std::string> first(paths.begin(), paths.begin() + kMost);
  return fmt::format("{} and {} more", join(first, ", "), paths.size() - kMost);
}

/// All of what a lost `mlo.lock` said is no little, though it reads as nothing.
void refuse_lost_lock(Repository& repository) {
  if (const auto remedy = remedy_for_lost_lock(repository))
    throw Error(ErrorKind::not_found, "mlo.lock, which says what belongs where, is not there")
        .hint("{}", *remedy);
}

/// A clone has what `mlo.lock` says, and nothing of the content: that is somewhere else.
void require_content(Repository& repository, const std::vector<Wanted>& all) {
  std::vector<std::string> lost;
  for (const auto& one : all)
    if (!is_whole(repository.store(), one.content.digest, one.content.folder))
      lost.push_back(one.path.text());
  if (lost.empty()) return;
  throw Error(ErrorKind::not_found, "the store lacks the content of {}", some_of(lost))
      .hint("mlo fsck --repair --from FOLDER takes it from a copy, or from another repository{}",
            repository.project().steps.empty() ? "" : "; mlo train makes what its steps write");
}

}  // namespace

std::vector<Restored> checkout(Repository& repository, const std::vector<RepoPath>& paths,
                               Overwrite overwrite, Progress& progress,
                               const std::stop_token& stop) {
  const auto files = lock_pipeline(repository, progress);
  const auto lock = lock_workspace(repository, progress);
  if (paths.empty()) refuse_lost_lock(repository);
  const auto all = wanted_content(repository, paths);
  // Everything is looked at before anything is touched.
  if (overwrite == Overwrite::never_unsaved) {
    const auto lost = unsaved(repository, all, stop);
    if (!lost.empty())
      throw Error(ErrorKind::conflict, "unsaved changes would be lost: {}", some_of(lost))
          .hint("mlo track them first, or give them up: mlo checkout --force");
  }
  std::vector<Restored> restored;
  std::vector<Wanted> others;
  restored.reserve(all.size());
  for (const auto& one : all) {
    throw_if_stopped(stop);
    const bool there = status_of(one.path.under(repository.root())).has_value();
    const bool same = there && snapshot(repository, one.path, stop).digest == one.content.digest;
    restored.push_back({one.path.text(), same ? "unchanged" : "restored"});
    if (!same) others.push_back(one);
  }
  require_content(repository, others);
  std::vector<ledger::Access> reads;
  reads.reserve(others.size());
  for (const auto& one : others) reads.push_back(access_to(one));
  ledger::Telling telling(repository.ledger(), repository.folder(), repository.world(), "checkout",
                          reads);
  telling.wait();
  for (const auto& one : others)
    restore_snapshot(repository, one.content, one.path, progress, stop);
  return restored;
}

}  // namespace mlo::workspace
