#pragma once

#include <string>
#include <vector>

#include "mlo/workspace/repository.h"
#include "mlo/workspace/track.h"

namespace mlo::workspace {

/// Lines for the workspace's `.gitignore`, one for each first version among these that git would
/// keep as well: it neither ignores it nor has any of it. None outside of git, and where libgit2 is
/// not installed.
std::vector<std::string> lines_to_ignore(const Repository& repository,
                                         const std::vector<Tracked>& all);

}  // namespace mlo::workspace
