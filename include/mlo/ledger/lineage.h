#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// What a user may name: a digest or its first six digits or more, "churn", "churn@3",
/// "churn@production", a run's id or its beginning, a path (its newest recorded content), or a
/// prediction service: "churn@production/serve", as its stage and target.
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

/// Both graphs as one; the node that was asked for first.
Lineage both_ways(Lineage up, const Lineage& down);

/// The graph as a Mermaid flowchart, and for Graphviz.
std::string to_mermaid(const Lineage& lineage);
std::string to_dot(const Lineage& lineage);
/// OpenLineage events of the runs in it, one JSON object a line.
std::string to_openlineage(Ledger& ledger, const Lineage& lineage);
/// W3C PROV-JSON.
std::string to_prov(Ledger& ledger, const Lineage& lineage);

}  // namespace mlo::ledger
