#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mlo/data/checks.h"

namespace mlo::data {

/// Rows of a table as points: numbers, dates and times less their median and divided by their
/// scale, so that a few extreme values do not set it: the inter-quartile range over 1.349 (the
/// standard deviation of normal values), at least a tenth of the same from the 5 % and 95 %
/// quantiles, and where both are zero the standard deviation itself. Text and booleans are one
/// feature for each of their ten most frequent values, of such a size that two different categories
/// are 1 apart. A missing number is the median, an infinite one ±10⁶.
struct Features {
  std::vector<std::int64_t> rows;  ///< from 0, ascending
  std::vector<float> values;       ///< row by row
  std::size_t width = 0;           ///< features of a row
  std::size_t columns = 0;         ///< of the table that they come from

  [[nodiscard]] std::size_t size() const { return rows.size(); }
  [[nodiscard]] std::span<const float> point(std::size_t place) const {
    return std::span(values).subspan(place * width, width);
  }
  /// Squared Euclidean distance of two points.
  [[nodiscard]] float distance(std::size_t left, std::size_t right) const;
};

/// The features of at most `most` of `rows` (fewer where they would take more than 128 MB), of
/// the chosen columns but the label. Constant columns, identifiers, free text and all beyond the
/// 128th feature are left out. The sample is the same in every run.
Features read_features(const CheckInput& input, std::vector<std::int64_t> rows, std::size_t most);

/// Numbers from 0 to `rows` − 1.
std::vector<std::int64_t> all_rows(const Table& table);

}  // namespace mlo::data
