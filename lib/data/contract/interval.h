#pragma once

#include <limits>
#include <optional>

#include "mlo/data/contract.h"

namespace mlo::data {

/// The numbers that keep a condition.
struct Interval {
  Bound low = -std::numeric_limits<double>::infinity();
  Bound high = std::numeric_limits<double>::infinity();
  bool low_open = false;  ///< `low` itself is not in it
  bool high_open = false;

  [[nodiscard]] bool within(const Interval& other) const {
    const bool below = low > other.low || (low == other.low && (low_open || !other.low_open));
    const bool above = high < other.high || (high == other.high && (high_open || !other.high_open));
    return below && above;
  }
};

/// Nothing for conditions that leave no single interval: != and not between, text.
inline std::optional<Interval> interval_of(const Condition& condition) {
  using Operator = Condition::Operator;
  if (!condition.value.is_number()) return std::nullopt;
  const auto value = Bound::of(condition.value);
  switch (condition.comparison) {
    case Operator::equal: return Interval{.low = value, .high = value};
    case Operator::greater: return Interval{.low = value, .low_open = true};
    case Operator::greater_or_equal: return Interval{.low = value};
    case Operator::less: return Interval{.high = value, .high_open = true};
    case Operator::less_or_equal: return Interval{.high = value};
    case Operator::between: return Interval{.low = value, .high = condition.high};
    case Operator::not_equal:
    case Operator::not_between: break;
  }
  return std::nullopt;
}

}  // namespace mlo::data
