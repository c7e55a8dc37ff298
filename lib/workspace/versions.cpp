#include "mlo/workspace/versions.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/ledger/telling.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/snapshot.h"
#include "workspace/closure.h"
#include "workspace/recordable.h"
#include "workspace/wanted.h"

namespace mlo::workspace {
namespace {

constexpr std::string_view kNameLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::size_t kMaxNameBytes = 100;

/// A tag must not read like another kind of version.
void check_tag_name(const std::string& name) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorKind::usage, "'{}' cannot be a tag: {}", name, why)
        .hint("letters, digits, '.', '_' and '-', as in 2026-q3");
  };
  if (name.empty() || name.size() > kMaxNameBytes) throw refuse("1 to 100 characters are");
  if (name.find_first_not_of(kNameLetters) != std::string::npos)
    throw refuse("it holds other characters");
  if (name.front() == '.' || name.front() == '-') throw refuse("it begins with a mark");
  if (name == "latest" || name == "lock") throw refuse("it is a word of its own");
  const auto digits = name.front() == 'v' ? name.substr(1) : name;
  if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos)
    throw refuse("it reads like a version's number");
  if (name.size() >= 6 && name.find_first_not_of("0123456789abcdef") == std::string::npos)
    throw refuse("it reads like a digest");
}

const ledger::Tag* find_tag(const std::vector<ledger::Tag>& tags, const std::string& name) {
  const auto found = std::ranges::find(tags, name, &ledger::Tag::name);
  return found == tags.end() ? nullptr : &*found;
}

}  // namespace

ledger::Tag add_tag(Repository& repository, const DatasetReference& reference,
                    const std::string& name, const std::string& reason, Progress& progress) {
  check_tag_name(name);
  if (!reference.version)
    throw Error(ErrorKind::conflict, "'{}' is no recorded dataset version", reference.name())
        .hint("mlo track {} records one", from_here(repository.root(), reference.path.text()));
  const auto lock = lock_workspace(repository, progress);
  const auto known = ledger::tags_with_former(repository.ledger(), reference.path.text());
  const auto& version = *reference.version;
  if (const auto* tag = find_tag(known, name)) {
    if (tag->path == version.path && tag->number == version.number) return *tag;
    throw Error(ErrorKind::conflict, "tag '{}' names v{} of '{}'", name, tag->number, tag->path)
        .hint("mlo tag {} {} --delete takes it away first",
              from_here(repository.root(), reference.path.text()), name);
  }
  ledger::Tag tag{
      .path = version.path, .name = name, .number = version.number, .digest = reference.digest};
  repository.ledger().append(ledger::statement_of(tag), {"tag", reason});
  return tag;
}

ledger::Tag remove_tag(Repository& repository, const RepoPath& path, const std::string& name,
                       const std::string& reason, Progress& progress) {
  const auto lock = lock_workspace(repository, progress);
  const auto known = ledger::tags_with_former(repository.ledger(), path.text());
  const auto* found = find_tag(known, name);
  if (found == nullptr)
    throw Error(ErrorKind::not_found, "'{}' has no tag '{}'", path.text(), name)
        .hint("mlo log {} shows its tags", from_here(repository.root(), path.text()));
  auto tag = *found;
  tag.removed = true;
  repository.ledger().append(ledger::statement_of(tag), {"tag", reason});
  return tag;
}

Restored checkout_version(Repository& repository, const DatasetReference& reference,
                          Overwrite overwrite, Progress& progress, const std::stop_token& stop) {
  const auto files = lock_pipeline(repository, progress);
  const auto held = lock_workspace(repository, progress);
  const auto& path = reference.path;
  auto lock = read_lock_file(repository.root());
  for (const auto& [output, digest] : lock.outputs)
    if (const auto made = RepoPath::parse(output); path.is_within(made) || made.is_within(path))
      throw Error(ErrorKind::conflict, "'{}' is made by the pipeline", path.text())
          .hint("take mlo.lock back as a whole: git checkout REV -- {}, then mlo checkout",
                file_from_here(repository.root(), "mlo.lock"));
  TrackedPaths(repository.root(), lock.data).add(path);
  require_content(repository, reference);
  const auto there = status_of(path.under(repository.root()));
  const auto present = there ? std::optional(snapshot(repository, path, stop)) : std::nullopt;
  if (present && present->digest != reference.digest && overwrite == Overwrite::never_unsaved &&
      !is_whole(repository.store(), present->digest, present->folder))
    throw Error(ErrorKind::conflict, "unsaved changes would be lost: {}", path.text())
        .hint("mlo track {} first, or give them up: --force",
              from_here(repository.root(), path.text()));
  const bool same = present && present->digest == reference.digest;
  if (!same) {
    ledger::Telling telling(repository.ledger(), repository.folder(), repository.world(),
                            "checkout",
                            {{.kind = "dataset", .name = path.text(), .digest = reference.digest}});
    telling.wait();
    restore_snapshot(repository, {reference.digest, reference.folder}, path, progress, stop);
  }
  // After the file: a crash in between leaves content that is stored, and status says "modified".
  lock.data.erase(path.text() + (reference.folder ? "" : "/"));
  lock.data[path.text() + (reference.folder ? "/" : "")] = reference.digest;
  write_lock_file(repository.root(), lock, repository.world());
  return {path.text(), same ? "unchanged" : "restored"};
}

std::vector<Restored> checkout_typed(Repository& repository, const std::vector<Typed>& all,
                                     Overwrite overwrite, Progress& progress,
                                     const std::stop_token& stop) {
  const auto [paths, versions] = asked_of(repository, all);
  std::vector<Restored> restored;
  restored.reserve(versions.size());
  for (const auto& version : versions)
    restored.push_back(checkout_version(repository, version, overwrite, progress, stop));
  if (paths.empty() && !versions.empty()) return restored;
  for (auto& one : checkout(repository, paths, overwrite, progress, stop))
    restored.push_back(std::move(one));
  return restored;
}

void require_content(Repository& repository, const DatasetReference& reference) {
  Closure closure(repository.store());
  closure.add(reference.digest, reference.folder);
  if (closure.missing().empty()) return;
  if (const auto gone = ledger::collection_of(repository.ledger(), reference.digest))
    throw Error(ErrorKind::not_found, "the content of {} was collected on {} by {}",
                reference.name(), gone->origin.at.brief(), gone->origin.actor)
        .hint("mlo fsck --repair --from ANOTHER-REPOSITORY brings it back where there is a copy");
  throw Error(ErrorKind::not_found, "{} of {} is missing in the store",
              closure.missing().size() == 1 ? "an object"
                                            : fmt::format("{} objects", closure.missing().size()),
              reference.name())
      .hint("mlo fsck --repair --from FOLDER takes it from a copy, or from another repository");
}

}  // namespace mlo::workspace
