#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/core/file.h"

namespace mlo::workspace {

/// Opens `path` below the folder `root` is open on. No part of the path may be a symbolic link,
/// also when one is put there at this very moment. Nothing when it is not there; throws not_allowed
/// for a link, and system_error's kinds.
std::optional<File> open_inside(const File& root, const std::string& path, int flags,
                                unsigned mode = 0);

/// A name in an open folder: what is done to it is done there, whatever becomes of the way to it.
struct Spot {
  File folder;
  std::string name;
};
/// Where `path` stands below the folder `root` is open on; nothing when that folder is not there.
/// Throws not_allowed as `open_inside`.
std::optional<Spot> spot_inside(const File& root, const std::string& path);
/// The same; folders on the way that are not there are made.
Spot make_way_inside(const File& root, const std::string& path);
/// What lies in an open folder, in no order; with neither "." nor "..".
std::vector<std::string> names_in(const File& folder);
/// Removes what stands there with all it holds; links are removed, never followed. A repository in
/// it is nobody's to remove: throws conflict, naming `path`, before anything is removed.
void remove_inside(const File& root, const std::string& path);

/// What lstat tells about `name` in an open folder; nothing when it is gone.
std::optional<FileStatus> status_in(const File& folder, const char* name);

}  // namespace mlo::workspace
