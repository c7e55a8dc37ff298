#pragma once

#include <filesystem>
#include <optional>

#include "data/engine.h"
#include "data/load.h"

namespace mlo::data {

/// Makes `t` (columns c0, c1, …) a view of CSV or Parquet files that is read anew for each
/// question, so that a question over the whole costs neither the memory nor the time of a table. A
/// value of CSV that does not fit its column's type in `options` ends the question with bad_input;
/// columns without one are text. Nothing for other formats and for CSV whose columns nobody
/// declared. After `lock()` these files, and no others, can still be read.
std::optional<Loaded> open_scan(Engine& engine, const std::filesystem::path& source,
                                const ReadOptions& options);

}  // namespace mlo::data
