#include <algorithm>

#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/track.h"

namespace mlo::workspace {
namespace {

void compare(Repository& repository, const std::map<std::string, Digest>& facts,
             std::vector<Change>& changes, const std::stop_token& stop) {
  for (const auto& [path, digest] : facts) {
    const auto place = RepoPath::parse(path);
    if (!status_of(place.under(repository.root())))
      changes.push_back({place.text(), "missing"});
    else if (snapshot(repository, place, stop).digest != digest)
      changes.push_back({place.text(), "modified"});
  }
}

}  // namespace

std::vector<Change> status(Repository& repository, const std::stop_token& stop) {
  const auto lock = read_lock_file(repository.root());
  std::vector<Change> changes;
  compare(repository, lock.data, changes, stop);
  compare(repository, lock.outputs, changes, stop);
  for (const auto& spec : repository.project().data) {
    const auto there = status_of(RepoPath::parse(spec.path).under(repository.root())).has_value();
    if (there && !lock.data.contains(spec.path) && !lock.data.contains(spec.path + "/"))
      changes.push_back({spec.path, "untracked"});
  }
  std::ranges::sort(changes, {}, &Change::path);
  return changes;
}

}  // namespace mlo::workspace
