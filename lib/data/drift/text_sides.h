#pragma once

#include <string>

#include "data/drift/sides.h"

namespace mlo::data {

/// Fills in the texts of one column that is not numbers on both sides: how many there are, of how
/// many different values, of what kind; then `categories` with their counts, or letters and words.
void read_text_sides(Sides& sides, const Table& reference, const Table& current,
                     const std::string& column, const SidesWanted& wanted);

/// What a column is, from its name, type and how many of its values differ.
std::string kind_of(const std::string& name, ColumnType type, const Sides& sides);

}  // namespace mlo::data
