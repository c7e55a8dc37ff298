#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/workspace/maintenance.h"
#include "workspace/marks.h"
#include "workspace/references_held.h"

namespace mlo::workspace {
namespace {

/// Content that stays whatever the rules about old versions say.
std::set<Digest> needed_content(Repository& repository) {
  std::set<Digest> needed;
  auto& ledger = repository.ledger();
  for (const auto& tag : ledger::tags(ledger)) needed.insert(tag.digest);
  for (const auto& held : held_locks(repository))
    for (const auto* facts : {&held.lock.data, &held.lock.outputs})
      for (const auto& [path, digest] : *facts) needed.insert(digest);
  std::set<std::pair<std::string, std::string>> stages;
  for (const auto& version : ledger::model_versions(ledger)) needed.insert(version.digest);
  for (const auto& move : ledger::stage_moves(ledger, {})) stages.emplace(move.model, move.stage);
  for (const auto& [model, stage] : stages) {
    const auto held = ledger::model_at_stage(ledger, model, stage);
    if (!held) continue;
    constexpr std::size_t kEveryNode = 1'000'000;
    for (const auto& node :
         ledger::lineage(ledger, held->digest, ledger::Direction::up, kEveryNode).nodes)
      needed.insert(node.digest);
  }
  return needed;
}

/// Runs that were removed longer ago than the grace period are gone for good.
Timestamp removed_before(Repository& repository, const GarbageOptions& options) {
  return {repository.world().now().microseconds - std::chrono::microseconds(options.grace).count()};
}

std::vector<ledger::Collection::Version> removed_content(Repository& repository,
                                                         const GarbageOptions& options) {
  auto content =
      ledger::content_of_removed_runs(repository.ledger(), removed_before(repository, options));
  if (content.empty()) return content;
  const auto needed = needed_content(repository);
  std::erase_if(content, [&](const auto& version) {
    return needed.contains(version.digest) || !repository.store().contains(version.digest);
  });
  return content;
}

std::string rule_of(const GarbageOptions& options) {
  std::string rule;
  if (options.keep) rule = fmt::format("keep {}", *options.keep);
  if (options.older_than)
    rule += fmt::format("{}older than {}", rule.empty() ? "" : ", ",
                        format_duration(*options.older_than));
  return rule;
}

}  // namespace

std::vector<ledger::Collection::Version> expendable_versions(Repository& repository,
                                                             const GarbageOptions& options) {
  if (!options.keep && !options.older_than) return {};
  const auto now = repository.world().now();
  const auto age = [&](const ledger::DatasetVersion& version) {
    return std::chrono::microseconds(now.microseconds - version.origin.at.microseconds);
  };
  auto needed = needed_content(repository);
  const auto versions = ledger::dataset_versions(repository.ledger());  // newest first
  std::map<std::string, std::int64_t> seen;
  std::vector<const ledger::DatasetVersion*> old;
  for (const auto& version : versions) {
    const auto position = ++seen[version.path];
    const bool kept =
        (options.keep && position <= *options.keep) || (!options.keep && position == 1) ||
        (options.older_than && age(version) < *options.older_than) || age(version) < options.grace;
    if (kept)
      needed.insert(version.digest);
    else
      old.push_back(&version);
  }
  std::vector<ledger::Collection::Version> expendable;
  for (const auto* version : old)
    if (!needed.contains(version->digest) && repository.store().contains(version->digest))
      expendable.push_back({version->path, version->number, version->digest});
  return expendable;
}

GarbageResult collect_garbage(Repository& repository, const GarbageOptions& options,
                              Progress& progress, const std::stop_token& stop) {
  if (options.keep && *options.keep < 1)
    throw Error(ErrorKind::usage, "--keep {} would keep nothing", *options.keep)
        .hint("--keep 1 keeps the newest version of each dataset");
  GarbageResult result{.dry_run = options.dry_run, .store = {}, .kept = {}, .given_up = {}};
  std::optional<Marks> marks;
  const auto mark = [&] {
    result.given_up = expendable_versions(repository, options);
    // Before anything goes: a crash leaves content that is said to be gone, never the reverse.
    if (!options.dry_run && !result.given_up.empty())
      repository.ledger().append(
          ledger::statements_of({.versions = result.given_up, .rule = rule_of(options)}),
          {"gc", options.reason});
    const auto removed = removed_content(repository, options);
    if (!options.dry_run && !removed.empty())
      repository.ledger().append(
          ledger::statements_of({.versions = removed, .rule = "removed runs"}),
          {"gc", options.reason});
    if (!options.dry_run)
      ledger::drop_points_of_removed_runs(repository.ledger(), removed_before(repository, options));
    std::set<Digest> given_up;
    for (const auto& version : result.given_up) given_up.insert(version.digest);
    for (const auto& version : removed) given_up.insert(version.digest);
    marks.emplace(repository);
    marks->mark(given_up);
  };
  result.store =
      store::collect(repository.store(), mark,
                     {.keep = [&](const Digest& digest) { return marks->contains(digest); },
                      .grace = options.grace,
                      .dry_run = options.dry_run},
                     progress, stop);
  result.kept = marks->kept();
  return result;
}

}  // namespace mlo::workspace
