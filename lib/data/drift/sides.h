#pragma once

#include <string>

#include "data/drift/measure.h"
#include "mlo/data/table.h"

namespace mlo::data {

/// Reads one column of both tables. Numbers, dates and times on both sides are numbers, everything
/// else (or a column that is text on one side) is categories. A side may come out empty.
Sides read_sides(const Table& reference, const Table& current, const std::string& column);

}  // namespace mlo::data
