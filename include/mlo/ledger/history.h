#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// One line of a workspace's history.
struct Event {
  std::int64_t entry = -1;
  Timestamp at;
  std::string actor;
  std::string what;     ///< dataset, tag, tag removed, untracked, moved, run, model, promotion, …
  std::string subject;  ///< "data/raw v2", "01J… finished", "churn@3", "churn@3 → production"
  Digest digest;
  std::string reason;
};

/// Dataset versions, their tags and moves, runs, model versions and stage moves, newest first; with
/// `path` only the versions, tags and moves of that dataset, also under the paths it had before.
std::vector<Event> history(Ledger& ledger, std::string_view path, std::int64_t limit);

}  // namespace mlo::ledger
