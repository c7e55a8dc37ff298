#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mlo/data/checks.h"

namespace mlo::data {

/// The class of every row as a number from 0, −1 where it is missing: the same value, the same
/// number. Throws bad_input when a label of numbers is nearly always another one.
struct Classes {
  std::vector<std::int32_t> of_row;
  std::vector<std::int64_t> sizes;  ///< rows of each class

  /// Rows that have a class.
  [[nodiscard]] std::vector<std::int64_t> labelled() const;
};
Classes read_classes(const CheckInput& input);

/// A row that failed; a higher score is worse.
struct ScoredRow {
  std::int64_t row = 0;  ///< from 0
  double score = 0;
};

/// Judges the share of failing rows among the rows looked at; the sample are those with the
/// highest scores, which the message tells. Says so when not all rows were looked at.
CheckResult judge_scores(const CheckInput& input, std::string name, std::vector<ScoredRow> failing,
                         std::size_t judged, double usual_limit);

}  // namespace mlo::data
