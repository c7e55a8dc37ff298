#pragma once

#include <vector>

#include "mlo/ledger/approvals.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::workspace {

/// What is to stand at a path.
struct Wanted {
  RepoPath path;
  Content content;
};
/// Its reading, for `ledger::record_access`.
inline ledger::Access access_to(const Wanted& wanted) {
  return {.kind = "dataset", .name = wanted.path.text(), .digest = wanted.content.digest};
}
/// What `mlo.lock` says of these paths: files and folders it names, those below one of them, and
/// parts of a folder it names; of everything when `asked` is empty. Throws not_found for a path it
/// says nothing of.
std::vector<Wanted> wanted_content(Repository& repository, const std::vector<RepoPath>& asked);

/// What people typed: paths, and versions of a path (PATH@VERSION).
struct Asked {
  std::vector<RepoPath> paths;
  std::vector<DatasetReference> versions;
};
Asked asked_of(Repository& repository, const std::vector<Typed>& all);

}  // namespace mlo::workspace
