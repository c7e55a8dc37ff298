#pragma once

#include <filesystem>

#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// Where temporary files may be made: in the repository, or in the machine's folder for them
/// outside of one and where the repository's may not be written to.
std::filesystem::path scratch_of(const Repository* repository);

}  // namespace mlo::workspace
