#pragma once

#include <filesystem>

#include "mlo/core/json.h"
#include "mlo/core/world.h"

namespace mlo::run {

/// What a run runs on: {"host", "platform", "cpus", "memory_bytes"} and, where there is one, "cpu",
/// "gpus": [{"model", …}], "container": {"kind", …}, "conda": {"name", "prefix"}. Reads a few small
/// files below `root`, which is "/" outside of tests; starts nothing.
Json describe_machine(const World& world, const std::filesystem::path& root = "/");

}  // namespace mlo::run
