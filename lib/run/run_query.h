#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/run/runs.h"

namespace mlo::run {

/// A question as SQL over the view `runs`: what follows FROM, with bound values.
struct RunQuery {
  std::string sql;  ///< "WHERE … ORDER BY … LIMIT …"
  /// Where the first that is ordered by is a metric and a limit is set: "… JOIN runs … WHERE …",
  /// that reads runs in the metric's order from its index and stops at the limit. Runs without the
  /// metric, which come last, are not among them. Empty elsewhere.
  std::string leading;
  std::int64_t limit = -1;   ///< -1: none
  std::vector<Bound> bound;  ///< borrow from `texts`
  std::deque<std::string> texts;
};

/// Throws bad_input naming the column of the text. Values are bound, names too.
RunQuery compile(const RunQuestion& question);

}  // namespace mlo::run
