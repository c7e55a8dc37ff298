#include "workspace/wanted.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"

namespace mlo::workspace {
namespace {

/// What lies at the end of `names`, one folder a name, below the tree `root`.
std::optional<store::TreeEntry> entry_below(const store::ObjectStore& store, const Digest& root,
                                            const std::vector<std::string>& names) {
  auto entry = store::TreeEntry{.mode = store::TreeEntry::Mode::folder, .digest = root};
  for (const auto& name : names) {
    if (entry.mode != store::TreeEntry::Mode::folder) return std::nullopt;
    const auto entries = store::decode_tree(store.read(entry.digest));
    const auto found = std::ranges::find(entries, name, &store::TreeEntry::name);
    if (found == entries.end()) return std::nullopt;
    entry = *found;
  }
  return entry;
}

/// A file or folder inside a tracked folder; nothing when no tracked folder holds it.
std::optional<Wanted> part_of_folder(Repository& repository, const LockFile& lock,
                                     const RepoPath& asked) {
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const auto& [text, digest] : *facts) {
      const auto folder = RepoPath::parse(text);
      if (!text.ends_with('/') || !asked.is_within(folder) || asked == folder) continue;
      const auto names = split(asked.text().substr(folder.text().size() + 1), '/');
      const auto entry = entry_below(repository.store(), digest, names);
      if (!entry) return std::nullopt;
      if (entry->mode == store::TreeEntry::Mode::link)
        throw Error(ErrorKind::usage, "'{}' is a symbolic link", asked.text())
            .hint("mlo checkout {}", from_here(repository.root(), folder.text()));
      return Wanted{asked,
                    {.digest = entry->digest,
                     .folder = entry->mode == store::TreeEntry::Mode::folder,
                     .executable = entry->mode == store::TreeEntry::Mode::executable}};
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
      if (meant) all.push_back({path, {.digest = digest, .folder = text.ends_with('/')}});
    }
  };
  add(lock.data);
  add(lock.outputs);
  return all;
}

void refuse_unknown(const std::vector<RepoPath>& asked, const std::vector<Wanted>& found) {
  for (const auto& one : asked)
    if (std::ranges::none_of(found,
                             [&](const Wanted& wanted) { return wanted.path.is_within(one); }))
      throw Error(ErrorKind::not_found, "'{}' is not in mlo.lock", one.text())
          .hint("mlo diff names what is in its folder, mlo status what is tracked");
}

}  // namespace

std::vector<Wanted> wanted_content(Repository& repository, const std::vector<RepoPath>& asked) {
  const auto lock = read_lock_file(repository.root());
  auto all = wanted_paths(lock, asked);
  for (const auto& path : asked)
    if (auto part = part_of_folder(repository, lock, path)) all.push_back(std::move(*part));
  refuse_unknown(asked, all);
  return all;
}

Asked asked_of(Repository& repository, const std::vector<Typed>& all) {
  Asked asked;
  for (const auto& typed : all) {
    auto path = RepoPath::from_user(repository.root(), typed.folder, typed.text);
    const bool with_version = typed.text.find('@') != std::string::npos;
    auto reference = with_version ? find_dataset(repository, typed) : std::nullopt;
    if (reference && reference->path != path)
      asked.versions.push_back(std::move(*reference));
    else
      asked.paths.push_back(std::move(path));
  }
  return asked;
}

}  // namespace mlo::workspace
