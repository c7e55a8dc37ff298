#include "mlo/workspace/snapshot.h"

#include "workspace/scanner.h"

namespace mlo::workspace {
namespace {

Snapshot take(Repository& repository, const RepoPath& path, Scanner::Keep keep,
              const std::stop_token& stop, Progress& progress) {
  Scanner scanner(repository, keep, stop);
  scanner.report_to(progress);
  const auto result = scanner.scan(path);
  scanner.commit();
  return result;
}

}  // namespace

Snapshot snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop) {
  return take(repository, path, Scanner::Keep::digests_only, stop, no_progress());
}

Snapshot store_snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop,
                        Progress& progress) {
  return take(repository, path, Scanner::Keep::objects, stop, progress);
}

}  // namespace mlo::workspace
