#include "workspace/scratch.h"

#include <unistd.h>

namespace mlo::workspace {

std::filesystem::path scratch_of(const Repository* repository) {
  if (repository != nullptr) {
    auto own = repository->folder() / "tmp";
    if (::access(own.c_str(), W_OK) == 0) return own;
  }
  return std::filesystem::temp_directory_path();
}

}  // namespace mlo::workspace
