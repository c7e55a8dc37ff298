#include "workspace/diff_sides.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/versions.h"
#include "mlo/workspace/git.h"

namespace mlo::workspace {
namespace {

Side side_of(std::string name, const LockFile& lock) {
  Side side{.name = std::move(name)};
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const auto& [path, digest] : *facts)
      side.content.emplace(RepoPath::parse(path).text(), Recorded{digest, path.ends_with('/')});
  return side;
}

Side side_of(const DatasetReference& reference) {
  Side side{.name = reference.name()};
  side.content.emplace(reference.path.text(), Recorded{reference.digest, reference.folder});
  return side;
}

/// Every dataset version that carries the tag.
std::optional<Side> tagged(Repository& repository, const std::string& name) {
  Side side{.name = "@" + name};
  for (const auto& tag : ledger::tags(repository.ledger())) {
    if (tag.name != name) continue;
    for (const auto& version : ledger::dataset_versions(repository.ledger(), tag.path))
      if (version.number == tag.number)
        side.content.emplace(tag.path, Recorded{version.digest, version.folder});
  }
  return side.content.empty() ? std::nullopt : std::optional(side);
}

bool is_path(Repository& repository, const Typed& typed) {
  if (status_of(typed.folder / typed.text)) return true;
  const auto found = find_dataset(repository, typed);
  return found && RepoPath::from_user(repository.root(), typed.folder, typed.text) == found->path;
}

std::optional<Side> revision(Repository& repository, const std::string& text) {
  if (!git_root(repository.root())) return std::nullopt;
  try {
    return side_of("git " + text, lock_file_at(repository, text));
  } catch (const Error& error) {
    // "no such revision" leaves room for other readings, "no mlo.lock in it" does not.
    if (error.message().starts_with("git knows")) return std::nullopt;
    throw;
  }
}

/// The word as a side; nothing when it is a path.
std::optional<Side> side_of(Repository& repository, const Typed& typed) {
  const auto& text = typed.text;
  if (text == "@lock") return side_of("mlo.lock", read_lock_file(repository.root()));
  if (text.starts_with("git:"))
    return side_of("git " + text.substr(4), lock_file_at(repository, text.substr(4)));
  if (text.starts_with("@")) {
    if (auto side = tagged(repository, text.substr(1))) return side;
    throw Error(ErrorKind::not_found, "no dataset has the tag '{}'", text.substr(1))
        .hint("mlo log shows tags");
  }
  if (is_path(repository, typed)) return std::nullopt;
  if (const auto found = find_dataset(repository, typed)) return side_of(*found);
  if (auto side = revision(repository, text)) return side;
  throw Error(ErrorKind::not_found, "'{}' is no path, version or revision of git", text)
      .hint("PATH@VERSION, git:REV or @TAG; mlo log shows versions and tags");
}

}  // namespace

Sides read_sides(Repository& repository, const std::vector<Typed>& words) {
  std::vector<Side> found;
  Sides sides;
  for (const auto& word : words) {
    auto side = sides.only.empty() ? side_of(repository, word) : std::nullopt;
    if (side && found.size() == 2)
      throw Error(ErrorKind::usage, "'{}' would be a third side", word.text)
          .hint("mlo diff A B PATH…");
    if (side)
      found.push_back(std::move(*side));
    else
      sides.only.push_back(RepoPath::from_user(repository.root(), word.folder, word.text));
  }
  if (found.empty()) found.push_back(side_of("mlo.lock", read_lock_file(repository.root())));
  sides.before = std::move(found.front());
  if (found.size() == 2)
    sides.after = std::move(found.back());
  else
    sides.after = {.name = "workspace", .workspace = true, .content = {}};
  // Two versions are one path's, whatever it was called in each.
  auto& before = sides.before.content;
  auto& after = sides.after.content;
  if (before.size() == 1 && after.size() == 1 && before.begin()->first != after.begin()->first) {
    auto moved = before.extract(before.begin());
    moved.key() = after.begin()->first;
    before.insert(std::move(moved));
  }
  return sides;
}

}  // namespace mlo::workspace
