#include "mlo/workspace/snapshot.h"

#include <optional>
#include <utility>

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

struct SnapshotBatch::State {
  State(Repository& opened, std::stop_token stop_token)
      : repository(opened),
        stop(std::move(stop_token)),
        looker(repository, Scanner::Keep::digests_only, stop) {}

  /// Made when something is to be kept: it holds garbage collection off.
  Scanner& keeping() {
    if (!keeper) keeper.emplace(repository, Scanner::Keep::objects, stop);
    return *keeper;
  }

  Repository& repository;
  std::stop_token stop;
  Scanner looker;
  std::optional<Scanner> keeper;
};

SnapshotBatch::SnapshotBatch(Repository& repository, std::stop_token stop)
    : state_(std::make_unique<State>(repository, std::move(stop))) {}
SnapshotBatch::~SnapshotBatch() = default;

Snapshot SnapshotBatch::look(const RepoPath& path) {
  return state_->looker.scan(path);
}

Snapshot SnapshotBatch::keep(const RepoPath& path) {
  return state_->keeping().scan(path);
}

Digest SnapshotBatch::add(std::string_view content) {
  return state_->keeping().keep(content);
}

void SnapshotBatch::commit(const std::function<void()>& refer) {
  if (state_->keeper) state_->keeper->commit();
  state_->looker.commit();
  if (refer) refer();
  state_->keeper.reset();
}

Snapshot snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop) {
  return take(repository, path, Scanner::Keep::digests_only, stop, no_progress());
}

Snapshot store_snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop,
                        Progress& progress) {
  return take(repository, path, Scanner::Keep::objects, stop, progress);
}

}  // namespace mlo::workspace
