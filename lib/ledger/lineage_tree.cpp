#include <map>
#include <set>

#include "mlo/core/error.h"
#include "mlo/ledger/lineage.h"

namespace mlo::ledger {
namespace {

/// Draws depth first; a node's branches are drawn where it is met for the first time.
class Drawing {
 public:
  Drawing(const Lineage& lineage, Direction direction) {
    for (const auto& node : lineage.nodes) nodes_.emplace(node.digest, &node);
    for (const auto& edge : lineage.edges) {
      const bool up = direction == Direction::up;
      auto& children = children_[up ? edge.to : edge.from];
      const auto& child = up ? edge.from : edge.to;
      // Two relations between the same two things are one branch.
      if (children.seen.insert(child).second) children.order.push_back(child);
    }
    for (auto& [parent, children] : children_) leave_out_shortcuts(children);
  }

  std::vector<TreeLine> draw(const Digest& start) {
    struct Waiting {
      Digest node;
      std::string branch;
      std::string below;
    };
    std::vector<Waiting> stack{{start, "", ""}};
    std::set<Digest> drawn;
    std::vector<TreeLine> lines;
    while (!stack.empty()) {
      const auto now = stack.back();
      stack.pop_back();
      const auto node = nodes_.find(now.node);
      if (node == nodes_.end()) continue;  // beyond the limit that was asked for
      const bool again = !drawn.insert(now.node).second;
      const auto children = children_.find(now.node);
      const bool has_children = children != children_.end() && !children->second.order.empty();
      const bool open = has_children && !again;
      lines.push_back({.branch = now.branch,
                       .below = now.below + (open ? "│  " : "   "),
                       .node = *node->second,
                       .again = has_children && again});
      if (!open) continue;
      const auto& order = children->second.order;
      for (std::size_t i = order.size(); i-- > 0;) {
        const bool last = i + 1 == order.size();
        stack.push_back(
            {order[i], now.below + (last ? "└─ " : "├─ "), now.below + (last ? "   " : "│  ")});
      }
    }
    return lines;
  }

 private:
  struct Children {
    std::vector<Digest> order;
    std::set<Digest> seen;
  };

  /// A dataset that stands below the run beside it is drawn there only.
  void leave_out_shortcuts(Children& children) const {
    std::erase_if(children.order, [&](const Digest& child) {
      for (const auto& sibling : children.seen) {
        if (sibling == child || !is_run(sibling)) continue;
        const auto below = children_.find(sibling);
        if (below != children_.end() && below->second.seen.contains(child)) return true;
      }
      return false;
    });
  }
  [[nodiscard]] bool is_run(const Digest& digest) const {
    const auto node = nodes_.find(digest);
    return node != nodes_.end() && node->second->kind == "run";
  }

  std::map<Digest, const LineageNode*> nodes_;
  std::map<Digest, Children> children_;
};

}  // namespace

std::vector<TreeLine> tree_lines(const Lineage& lineage, Direction direction) {
  if (lineage.nodes.empty()) return {};
  return Drawing(lineage, direction).draw(lineage.nodes.front().digest);
}

}  // namespace mlo::ledger
