#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// What a user may name: a digest or its first six digits or more, "churn", "churn@3",
/// "churn@production", a run's id or its beginning, or a path (its newest recorded content).
/// Throws not_found with the way out, bad_input when it could be several.
Digest find_in_lineage(Ledger& ledger, std::string_view reference);

/// One line of the graph drawn as a tree from its first node.
struct TreeLine {
  std::string branch;  ///< "│  └─ "
  std::string below;   ///< what stands before further lines about the node: "│     │  "
  LineageNode node;
  bool again = false;  ///< drawn above already: its own branches are not repeated
};
std::vector<TreeLine> tree_lines(const Lineage& lineage, Direction direction);

}  // namespace mlo::ledger
