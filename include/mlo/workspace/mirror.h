#pragma once

#include <filesystem>
#include <set>
#include <stop_token>
#include <string>

#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// Makes the root of `target`, a workspace beside the user's, hold what `source` holds: what
/// differs is replaced, what is not there is removed, the rest stays as it is.
///
/// `.mlo`, `.git` and the paths of `without`, relative to the root, are left out. Files share their
/// bytes where the file system can; else those up to a mebibyte are copied and larger ones are hard
/// links, which a program that changes its input in place would change in both. A folder that only
/// works where it is (a Python environment, node_modules) becomes a symbolic link to it.
/// O(files); what is the same by size and time of change is not read.
void mirror(const Repository& source, const Repository& target,
            const std::set<std::string>& without, const std::stop_token& stop = {});

}  // namespace mlo::workspace
