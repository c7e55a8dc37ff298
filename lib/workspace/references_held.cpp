#include "workspace/references_held.h"

#include "mlo/core/error.h"
#include "mlo/workspace/git.h"

namespace mlo::workspace {

std::vector<HeldLock> held_locks(Repository& repository) {
  std::vector<HeldLock> all{{"mlo.lock", true, read_lock_file(repository.root())}};
  const auto root = git_root(repository.root());
  if (!root) return all;
  const auto path = (repository.root().lexically_relative(*root) / "mlo.lock").lexically_normal();
  for (const auto& [reference, content] : git_file_everywhere(*root, path.string())) {
    try {
      all.push_back(
          {"mlo.lock of " + reference, false, parse_lock_file(content, reference + ":mlo.lock")});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::bad_input && error.kind() != ErrorKind::conflict) throw;
    }
  }
  return all;
}

}  // namespace mlo::workspace
