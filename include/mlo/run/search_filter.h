#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/database.h"

// The search language of MLflow's clients, read into conditions. Each caller says what its words
// mean in SQL; values and names that a client wrote are bound, never pasted.

namespace mlo::run {

/// metrics.`f1 score` >= 0.9
struct Condition {
  std::string group;  ///< metrics, params, tags, datasets, attributes
  std::string key;
  std::string comparator;  ///< = != > >= < <= LIKE ILIKE IN, NOT IN, IS NULL, IS NOT NULL
  bool is_number = false;
  double number = 0;
  std::vector<std::string> texts;  ///< one, or those of IN
};

/// Conditions joined by AND. Throws bad_input naming what cannot be understood. A key without a
/// group is an attribute.
std::vector<Condition> parse_filter(std::string_view text);

struct Ordering {
  std::string group;
  std::string key;
  bool descending = false;
};
/// "metrics.acc DESC". Throws bad_input.
Ordering parse_ordering(std::string_view text);

/// A query that grows with the values bound to it.
class BoundSql {
 public:
  std::string text;

  /// The place of a value: "?3".
  std::string bind(std::string value);
  std::string bind(double value);
  std::string bind(std::int64_t value);
  /// A comparison of `column` as the condition says.
  std::string compare(std::string_view column, const Condition& condition);
  [[nodiscard]] const std::vector<Bound>& bound() const { return bound_; }

 private:
  std::deque<std::string> kept_;  // what is bound by reference
  std::vector<Bound> bound_;
};

}  // namespace mlo::run
