#include <algorithm>

#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/track.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace {

void compare(Repository& repository, Scanner& scanner, const std::map<std::string, Digest>& facts,
             std::vector<Change>& changes) {
  for (const auto& [path, digest] : facts) {
    const auto place = RepoPath::parse(path);
    if (!status_of(place.under(repository.root())))
      changes.push_back({place.text(), "missing"});
    else if (scanner.scan(place).digest != digest)
      changes.push_back({place.text(), "modified"});
  }
}

}  // namespace

std::vector<Change> status(Repository& repository, const std::stop_token& stop) {
  const auto lock = read_lock_file(repository.root());
  std::vector<Change> changes;
  if (remedy_for_lost_lock(repository)) changes.push_back({"mlo.lock", "missing"});
  Scanner scanner(repository, Scanner::Keep::digests_only, stop);
  compare(repository, scanner, lock.data, changes);
  compare(repository, scanner, lock.outputs, changes);
  scanner.commit();
  for (const auto& spec : repository.project().data) {
    const auto there = status_of(RepoPath::parse(spec.path).under(repository.root())).has_value();
    if (there && !lock.data.contains(spec.path) && !lock.data.contains(spec.path + "/"))
      changes.push_back({spec.path, "untracked"});
  }
  std::ranges::sort(changes, {}, &Change::path);
  return changes;
}

}  // namespace mlo::workspace
