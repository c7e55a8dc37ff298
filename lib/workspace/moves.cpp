#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/versions.h"
#include "workspace/recordable.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using Facts = std::map<std::string, Digest>;

Facts::iterator find_fact(Facts& facts, const RepoPath& path) {
  const auto found = facts.find(path.text());
  return found == facts.end() ? facts.find(path.text() + "/") : found;
}

/// The line of `mlo.lock` that tracks `path` itself.
Facts::iterator tracked_fact(const fs::path& root, LockFile& lock, const RepoPath& path) {
  const auto found = find_fact(lock.data, path);
  if (found != lock.data.end()) return found;
  if (find_fact(lock.outputs, path) != lock.outputs.end())
    throw Error(ErrorKind::conflict, "'{}' is made by a step of the pipeline", path.text())
        .hint("take it out of the step's out: in mlo.yaml, then mlo train");
  for (const auto& [known, digest] : lock.data)
    if (path.is_within(RepoPath::parse(known)))
      throw Error(ErrorKind::not_found, "'{}' is tracked as a part of '{}'", path.text(), known)
          .hint("change the folder, then mlo track {}", from_here(root, known));
  throw Error(ErrorKind::not_found, "'{}' is not tracked", path.text())
      .hint("mlo status and mlo.lock show what is");
}

/// Whether the old place holds the file, or only the new one does, with the recorded content.
bool must_move(Repository& repository, const Moved& moved, const std::stop_token& stop) {
  const auto& root = repository.root();
  const bool old_there = status_of(moved.from.under(root)).has_value();
  const bool new_there = status_of(moved.to.under(root)).has_value();
  if (old_there && new_there)
    throw Error(ErrorKind::conflict, "'{}' is there already", moved.to.text())
        .hint("move it elsewhere first");
  if (!old_there && !new_there)
    throw Error(ErrorKind::not_found, "no file or folder '{}'", moved.from.text())
        .hint("mlo checkout {} puts it back", from_here(root, moved.from.text()));
  if (!old_there && snapshot(repository, moved.to, stop).digest != moved.digest)
    throw Error(ErrorKind::conflict, "'{}' has other content than '{}' had", moved.to.text(),
                moved.from.text())
        .hint("mlo track {} and mlo untrack {}", from_here(root, moved.to.text()),
              from_here(root, moved.from.text()));
  return old_there;
}

void refuse_recorded(const fs::path& root, const LockFile& lock, const RepoPath& from,
                     const RepoPath& to) {
  if (to.is_within(from) || from.is_within(to))
    throw Error(ErrorKind::usage, "'{}' and '{}' lie within each other", from.text(), to.text())
        .hint("move it out of the way first");
  TrackedPaths tracked(root, lock.data);
  tracked.remove(from);
  tracked.add(to);
  for (const auto* facts : {&lock.data, &lock.outputs})
    for (const auto& [known, digest] : *facts) {
      const auto path = RepoPath::parse(known);
      if (path != from && (path.is_within(to) || to.is_within(path)))
        throw Error(ErrorKind::conflict, "'{}' is recorded already", known)
            .hint("mlo untrack {}", from_here(root, path.text()));
    }
}

/// The facts of `digest` under its old path, for the new one.
ledger::DatasetVersion version_at(Repository& repository, const Moved& moved, bool folder) {
  for (auto& version : ledger::dataset_versions(repository.ledger(), moved.from.text()))
    if (version.digest == moved.digest) {
      version.path = moved.to.text();
      version.parent = moved.digest;
      return version;
    }
  return {.path = moved.to.text(),
          .digest = moved.digest,
          .folder = folder,
          .size_bytes = repository.store().contains(moved.digest) && !folder
                            ? repository.store().size_bytes(moved.digest)
                            : 0};
}

bool is_named(const Project& project, const RepoPath& path) {
  const auto is_path = [&](const std::string& text) { return RepoPath::parse(text) == path; };
  return std::ranges::any_of(project.data, [&](const auto& spec) { return is_path(spec.path); }) ||
         std::ranges::any_of(project.steps, [&](const auto& step) {
           return std::ranges::any_of(step.inputs, is_path);
         });
}

}  // namespace

std::vector<ledger::Untracking> untrack(Repository& repository, const std::vector<RepoPath>& paths,
                                        const std::string& reason, Progress& progress) {
  const auto held = lock_workspace(repository, progress);
  auto lock = read_lock_file(repository.root());
  std::vector<ledger::Untracking> all;
  std::vector<ledger::Statement> statements;
  for (const auto& path : paths) {
    const auto fact = tracked_fact(repository.root(), lock, path);
    all.push_back({.path = path.text(), .digest = fact->second, .moved_to = {}});
    statements.push_back(ledger::statement_of(all.back()));
    lock.data.erase(fact);
  }
  repository.ledger().append(statements, {"untrack", reason});
  write_lock_file(repository.root(), lock, repository.world());
  return all;
}

Moved move(Repository& repository, const MoveOptions& options, Progress& progress,
           const std::stop_token& stop) {
  const auto& [from, to, reason] = options;
  const auto held = lock_workspace(repository, progress);
  auto lock = read_lock_file(repository.root());
  const auto fact = tracked_fact(repository.root(), lock, from);
  Moved moved{.from = from, .to = to, .digest = fact->second};
  const bool folder = fact->first.ends_with('/');
  const auto target = status_of(to.under(repository.root()));
  // As mv does: into a folder that is there.
  if (target && target->type == FileStatus::Type::folder &&
      status_of(from.under(repository.root())))
    moved.to = RepoPath::parse((fs::path(to.text()) / fs::path(from.text()).filename()).string());
  refuse_project_files(repository.root(), moved.to);
  refuse_recorded(repository.root(), lock, from, moved.to);
  moved.file_moved = must_move(repository, moved, stop);
  if (moved.file_moved) {
    const auto place = moved.to.under(repository.root());
    fs::create_directories(place.parent_path());
    fs::rename(from.under(repository.root()), place);
    sync_folder(place.parent_path());
  }
  moved.in_project = is_named(repository.project(), from);
  // A crash before the record leaves a moved file: the same command again completes it.
  repository.ledger().append(
      std::vector{ledger::statement_of(version_at(repository, moved, folder)),
                  ledger::statement_of(ledger::Untracking{
                      .path = from.text(), .digest = moved.digest, .moved_to = moved.to.text()})},
      {"mv", reason});
  lock.data.erase(fact);
  lock.data[moved.to.text() + (folder ? "/" : "")] = moved.digest;
  write_lock_file(repository.root(), lock, repository.world());
  return moved;
}

}  // namespace mlo::workspace
