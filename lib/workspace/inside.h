#pragma once

#include <optional>
#include <string>

#include "mlo/core/file.h"

namespace mlo::workspace {

/// Opens `path` below the folder `root` is open on. No part of the path may be a symbolic link,
/// also when one is put there at this very moment. Nothing when it is not there; throws not_allowed
/// for a link, and system_error's kinds.
std::optional<File> open_inside(const File& root, const std::string& path, int flags,
                                unsigned mode = 0);

/// What lstat tells about `name` in an open folder; nothing when it is gone.
std::optional<FileStatus> status_in(const File& folder, const char* name);

}  // namespace mlo::workspace
