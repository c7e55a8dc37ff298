#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlo/data/table.h"

namespace mlo::data {

/// What can be said of a table before it is read.
struct Outline {
  std::vector<std::string> names;
  std::uint64_t size_bytes = 0;  ///< about what it will take in memory
};

/// Nothing for a table that is small, or that has to be read to know its columns. Throws as
/// Table::open does.
std::optional<Outline> outline_of(const TableFile& file);

}  // namespace mlo::data
