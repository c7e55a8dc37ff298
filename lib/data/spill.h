#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "mlo/core/file.h"

namespace mlo::data {

/// What tables may take, as the engine reads it: half of the machine's memory, our own vectors want
/// some too.
std::string memory_limit();
/// A private folder for what does not fit into memory, in `scratch` or else the system's; nothing
/// where none can be made.
std::unique_ptr<TemporaryFolder> spill_folder(const std::filesystem::path& scratch);

}  // namespace mlo::data
