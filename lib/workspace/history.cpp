#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/versions.h"

namespace mlo::workspace {
namespace {

/// The recorded paths, each once.
std::vector<std::string> recorded_paths(Repository& repository) {
  std::set<std::string> paths;
  for (const auto& version : ledger::dataset_versions(repository.ledger()))
    paths.insert(version.path);
  return {paths.begin(), paths.end()};
}

/// What to ask for in place of a path without a history.
std::string way_out(Repository& repository, const RepoPath& path) {
  const auto typed = [&](std::string_view text) { return from_here(repository.root(), text); };
  const auto lock = read_lock_file(repository.root());
  for (const auto& name : {path.text(), path.text() + "/"})
    if (lock.outputs.contains(name))
      return fmt::format("a step makes it: mlo lineage {}", typed(path.text()));
  const auto known = recorded_paths(repository);
  for (const auto& text : known) {
    const auto dataset = RepoPath::parse(text);
    const bool is_near =
        path.is_within(dataset) || dataset.is_within(path) || text.starts_with(path.text() + ".");
    if (is_near) return "mlo log " + typed(text);
  }
  if (const auto near = nearest(path.text(), known))
    return fmt::format("did you mean 'mlo log {}'?", typed(*near));
  return "mlo log lists all that is recorded";
}

}  // namespace

std::vector<ledger::Event> history_of(Repository& repository, const RepoPath& path,
                                      std::int64_t limit) {
  auto events = ledger::history(repository.ledger(), path.text(), limit);
  if (events.empty())
    throw Error(ErrorKind::not_found, "no version of '{}' is recorded", path.text())
        .hint("{}", way_out(repository, path));
  return events;
}

}  // namespace mlo::workspace
