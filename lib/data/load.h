#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "data/engine.h"
#include "mlo/data/table.h"

namespace mlo::data {

struct Loaded {
  std::vector<Column> columns;
  Reading reading;
};

/// Reads `source` into the engine's table `t`, rows in file order, columns named c0, c1, … so that
/// no name from a file is ever part of a statement; returns their real names and types.
Loaded load(Engine& engine, const std::filesystem::path& source, const ReadOptions& options);

}  // namespace mlo::data
