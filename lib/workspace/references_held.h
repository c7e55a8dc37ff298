#pragma once

#include <string>
#include <vector>

#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// mlo.lock here, and on HEAD, every branch and tag of git.
struct HeldLock {
  std::string where;  ///< "mlo.lock", "mlo.lock of refs/heads/side"
  bool here = false;
  LockFile lock;
};
/// Throws unavailable when there is git and it cannot be read: what it holds is unknown then. A
/// file of a branch that is no lock file (an unfinished merge) names nothing.
std::vector<HeldLock> held_locks(Repository& repository);

}  // namespace mlo::workspace
