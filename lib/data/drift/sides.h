#pragma once

#include <string>
#include <string_view>

#include "data/drift/measure.h"
#include "mlo/data/table.h"

namespace mlo::data {

constexpr std::string_view kKindNumbers = "numbers";
constexpr std::string_view kKindTimes = "times";
constexpr std::string_view kKindCategories = "categories";
constexpr std::string_view kKindTexts = "texts";
constexpr std::string_view kKindIdentifiers = "identifiers";

/// How the column will be compared: what need not be known is not kept in memory.
struct SidesWanted {
  bool categories = false;   ///< also of free text and identifiers
  bool identifiers = false;  ///< their categories too
  bool texts = false;        ///< letters and words, also of what is no free text
};

/// Reads one column of both tables. Numbers, dates and times on both sides are numbers, as are true
/// and false beside numbers; everything else (or a column that is text on one side) is texts. A
/// side may come out empty.
Sides read_sides(const Table& reference, const Table& current, const std::string& column,
                 const SidesWanted& wanted);

}  // namespace mlo::data
