#include "mlo/run/drawing.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "run/graph.h"

namespace mlo::run {
namespace {

std::string as_text(const Graph& graph) {
  std::string out;
  std::vector<std::size_t> depth(graph.nodes.size());
  for (const auto index : graph.order) {
    const auto& node = graph.nodes[index];
    std::vector<std::string> needs;
    for (const auto need : node.needs) {
      depth[index] = std::max(depth[index], depth[need] + 1);
      needs.push_back(graph.nodes[need].spec.name);
    }
    out += std::string(2 * depth[index], ' ') + node.spec.name;
    if (!needs.empty()) out += " ← " + join(needs, ", ");
    out += "\n";
  }
  return out;
}

/// Names go into quotes: `end` and the like mean something there.
std::string as_mermaid(const Graph& graph) {
  std::string out = "flowchart TD\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    out += fmt::format("  s{}[\"{}\"]\n", i, graph.nodes[i].spec.name);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const auto need : graph.nodes[i].needs) out += fmt::format("  s{} --> s{}\n", need, i);
  return out;
}

std::string as_dot(const Graph& graph) {
  std::string out = "digraph pipeline {\n";
  for (const auto& node : graph.nodes) out += fmt::format("  \"{}\";\n", node.spec.name);
  for (const auto& node : graph.nodes)
    for (const auto need : node.needs)
      out += fmt::format("  \"{}\" -> \"{}\";\n", graph.nodes[need].spec.name, node.spec.name);
  return out + "}\n";
}

}  // namespace

std::string draw_pipeline(const workspace::Project& project, Drawing drawing) {
  const auto graph = build_graph(project.steps);
  switch (drawing) {
    case Drawing::mermaid: return as_mermaid(graph);
    case Drawing::dot: return as_dot(graph);
    case Drawing::text: break;
  }
  return as_text(graph);
}

}  // namespace mlo::run
