#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "mlo/core/file.h"
#include "mlo/core/world.h"
#include "mlo/data/table.h"
#include "mlo/workspace/references.h"

namespace mlo::workspace {

/// Where a table was found; what had to be copied for it lives as long as this.
struct TableSource {
  std::filesystem::path path;     ///< for data::Table::open
  std::filesystem::path scratch;  ///< data::ReadOptions::scratch
  std::unique_ptr<TemporaryFolder> copy = {};
};

/// How a command gets at the repository when there is one: throws not_found when there is none.
using OpenRepository = std::function<Repository&()>;

/// What people mean by SOURCE: a file, folder or pattern; `-`, the whole of standard input; what
/// the repository recorded (PATH@VERSION, a tracked path that is not in the workspace); the digest
/// of a stored object. What lies in the workspace comes first. Throws not_found.
TableSource find_table(const Typed& typed, const OpenRepository& open, const World& world);

}  // namespace mlo::workspace
