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
  std::string sql;           ///< "WHERE … ORDER BY … LIMIT …"
  std::vector<Bound> bound;  ///< borrow from `texts`
  std::deque<std::string> texts;
};

/// Throws bad_input naming the column of the text. Values are bound, names too.
RunQuery compile(const RunQuestion& question);

}  // namespace mlo::run
