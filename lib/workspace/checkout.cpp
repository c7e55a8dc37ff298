#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace {

struct Wanted {
  RepoPath path;
  Digest digest;
  bool folder = false;
  bool executable = false;
};

/// A file or folder inside a tracked folder; nothing when no tracked folder holds it.
std::optional<Wanted> part_of_folder(Repository& repository, const LockFile& lock,
                                     const RepoPath& asked) {
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const auto& [text, digest] : *facts) {
      const auto folder = RepoPath::parse(text);
      if (!text.ends_with('/') || !asked.is_within(folder) || asked == folder) continue;
      auto entry = store::TreeEntry{.mode = store::TreeEntry::Mode::folder, .digest = digest};
      for (const auto& name : split(asked.text().substr(folder.text().size() + 1), '/')) {
        if (entry.mode != store::TreeEntry::Mode::folder) return std::nullopt;
        const auto entries = store::decode_tree(repository.store().read(entry.digest));
        const auto found = std::ranges::find(entries, name, &store::TreeEntry::name);
        if (found == entries.end()) return std::nullopt;
        entry = *found;
      }
      if (entry.mode == store::TreeEntry::Mode::link)
        throw Error(ErrorKind::usage, "'{}' is a symbolic link", asked.text())
            .hint("mlo checkout {}", folder.text());
      return Wanted{asked, entry.digest, entry.mode == store::TreeEntry::Mode::folder,
                    entry.mode == store::TreeEntry::Mode::executable};
    }
  return std::nullopt;
}

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

/// Files whose present content would be lost: it is not in the store.
std::vector<std::string> unsaved(Repository& repository, const std::vector<Wanted>& all,
                                 const std::stop_token& stop) {
  std::vector<std::string> paths;
  for (const auto& one : all) {
    if (!status_of(one.path.under(repository.root()))) continue;
    Scanner scanner(repository, Scanner::Keep::digests_only, stop);
    scanner.keep_entries();
    if (scanner.scan(one.path).digest == one.digest) continue;
    scanner.for_each_file([&](const std::string& path, const ScannedFolder::Entry& entry) {
      if (!repository.store().contains(entry.digest)) paths.push_back(path);
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

void refuse_unknown(const std::vector<RepoPath>& asked, const std::vector<Wanted>& found) {
  for (const auto& one : asked)
    if (std::ranges::none_of(found,
                             [&](const Wanted& wanted) { return wanted.path.is_within(one); }))
      throw Error(ErrorKind::not_found, "'{}' is not in mlo.lock", one.text())
          .hint("mlo diff names what is in its folder, mlo status what is tracked");
}

}  // namespace

std::vector<Restored> checkout(Repository& repository, const std::vector<RepoPath>& paths,
                               Overwrite overwrite, Progress& progress,
                               const std::stop_token& stop) {
  const auto lock = repository.lock();
  const auto facts = read_lock_file(repository.root());
  auto all = wanted_paths(facts, paths);
  for (const auto& path : paths)
    if (auto part = part_of_folder(repository, facts, path)) all.push_back(std::move(*part));
  refuse_unknown(paths, all);
  // Everything is looked at before anything is touched.
  if (overwrite == Overwrite::never_unsaved) {
    const auto lost = unsaved(repository, all, stop);
    if (!lost.empty())
      throw Error(ErrorKind::conflict, "unsaved changes would be lost: {}", some_of(lost))
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
    restore_snapshot(repository, one.digest, one.folder, one.path, stop, one.executable);
    restored.push_back({one.path.text(), "restored"});
  }
  return restored;
}

}  // namespace mlo::workspace
