#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "run/training.h"

namespace mlo::run {

/// This machine's name, as runs and locks know it.
std::string host_name();

/// The first interpreter named python… that a shell command calls, found as the shell would: from
/// `root` or in `search_path`. Links are kept, since a virtual environment is one.
std::optional<std::filesystem::path> python_of(std::string_view command,
                                               const std::filesystem::path& root,
                                               std::string_view search_path);

/// What the selected steps run on: {"host", "platform"}, and with Python {"python", "packages",
/// "package_count"}, where `packages` is the digest of an object that lists "name-version".
/// The interpreter is asked for its version once, then again only when its file changes.
Json describe_environment(Training& training, std::span<const std::size_t> selected);

}  // namespace mlo::run
