#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/world.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// A column of a table that is made here; null is NULL.
struct MadeColumn {
  std::string name;
  ColumnType type = ColumnType::text;  ///< timestamps are RFC 3339, integers at most 64 bits
  std::vector<Json> values;            ///< as many as the other columns have
};

/// The bytes of a Parquet file, compressed by zstd; what is too large for memory passes through
/// `scratch`. Throws bad_input when a value is none of its column's type.
std::string to_parquet(const std::vector<MadeColumn>& columns, const std::filesystem::path& scratch,
                       const World& world);

}  // namespace mlo::data
