#include <map>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/ledger/lineage.h"

// The graph for people who look at it elsewhere: Mermaid and Graphviz.

namespace mlo::ledger {
namespace {

std::string id_of(const LineageNode& node) {
  return "n" + node.digest.hex().substr(0, 16);
}

/// Text between double quotes of either language; `line` is what it breaks lines with.
std::string quoted(std::string_view text, std::string_view quote) {
  std::string safe;
  for (const char letter : printable(text)) {
    if (letter == '"')
      safe += quote;
    else if (letter == '\\')
      safe += "/";
    else if (letter == '<' || letter == '>')
      safe += letter == '<' ? "‹" : "›";
    else
      safe += letter;
  }
  return safe;
}

std::string label_of(const LineageNode& node, std::string_view quote, std::string_view line) {
  auto label = fmt::format("{}{}{}", quoted(node.name, quote), line, node.kind);
  if (!node.facts.empty()) label += fmt::format("{}{}", line, quoted(node.facts.front(), quote));
  return label;
}

struct Shape {
  std::string_view open;
  std::string_view close;
  std::string_view dot;
};

Shape shape_of(const std::string& kind) {
  if (kind == "dataset") return {"[(", ")]", "cylinder"};
  if (kind == "run") return {"([", "])", "ellipse"};
  if (kind == "model") return {"{{", "}}", "hexagon"};
  if (kind == "service") return {"[[", "]]", "component"};
  return {"[", "]", "note"};
}

/// Edges between nodes that are drawn, each pair once.
template <typename Draw>
void each_edge(const Lineage& lineage, const Draw& draw) {
  std::map<Digest, const LineageNode*> nodes;
  for (const auto& node : lineage.nodes) nodes.emplace(node.digest, &node);
  std::map<std::pair<Digest, Digest>, bool> drawn;
  for (const auto& edge : lineage.edges) {
    const auto from = nodes.find(edge.from);
    const auto to = nodes.find(edge.to);
    if (from == nodes.end() || to == nodes.end()) continue;
    if (!drawn.emplace(std::pair(edge.from, edge.to), true).second) continue;
    draw(*from->second, *to->second, edge);
  }
}

}  // namespace

std::string to_mermaid(const Lineage& lineage) {
  std::string text = "flowchart LR\n";
  for (const auto& node : lineage.nodes) {
    const auto shape = shape_of(node.kind);
    text += fmt::format("  {}{}\"{}\"{}\n", id_of(node), shape.open,
                        label_of(node, "&quot;", "<br>"), shape.close);
  }
  each_edge(lineage, [&](const LineageNode& from, const LineageNode& to, const LineageEdge& edge) {
    text += fmt::format("  {} -->|{}| {}\n", id_of(from), edge.relation, id_of(to));
  });
  return text;
}

std::string to_dot(const Lineage& lineage) {
  std::string text = "digraph lineage {\n  rankdir=LR;\n";
  for (const auto& node : lineage.nodes)
    text += fmt::format("  {} [shape={}, label=\"{}\"];\n", id_of(node), shape_of(node.kind).dot,
                        label_of(node, "\\\"", "\\n"));
  each_edge(lineage, [&](const LineageNode& from, const LineageNode& to, const LineageEdge& edge) {
    text += fmt::format("  {} -> {} [label=\"{}\"];\n", id_of(from), id_of(to), edge.relation);
  });
  return text + "}\n";
}

}  // namespace mlo::ledger
