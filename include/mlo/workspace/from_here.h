#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mlo::workspace {

/// `path` of the workspace at `root` as `mlo` takes it where this process stands: in a folder below
/// the root paths begin there. As it is where that is elsewhere (`mlo -C DIR`).
std::string from_here(const std::filesystem::path& root, std::string_view path);
/// The same as other programs take it, wherever this process stands.
std::string file_from_here(const std::filesystem::path& root, std::string_view path);

}  // namespace mlo::workspace
