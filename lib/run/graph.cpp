#include "run/graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/workspace/from_here.h"

namespace mlo::run {
namespace {

/// Which step writes each path.
using Writers = std::map<std::string, std::size_t, std::less<>>;

std::string place(const Node& node) {
  return fmt::format("step '{}' ({}:{})", node.spec.name, node.spec.source, node.spec.line);
}

RepoPath path_of(const Node& node, const std::string& text) {
  return in_context(place(node), [&] { return RepoPath::parse(text); });
}

void check_name(const Node& node) {
  const auto& name = node.spec.name;
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '@';
  };
  // The name becomes a file's: nothing in it may lead elsewhere.
  if (name.empty() || name.size() > 100 || name.front() == '.' || !std::ranges::all_of(name, fits))
    throw Error(ErrorKind::bad_input, "{}:{}: '{}' is no name for a step", node.spec.source,
                node.spec.line, name)
        .hint("use letters, digits, '_', '-' and '.', at most 100 of them");
}

/// The writer of `path` itself or of a folder that it lies in.
const Writers::value_type* writer_around(const Writers& writers, std::string_view path) {
  while (true) {
    const auto found = writers.find(path);
    if (found != writers.end()) return &*found;
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return nullptr;
    path = path.substr(0, slash);
  }
}

/// The writers of what lies inside the folder `path`.
std::vector<const Writers::value_type*> writers_inside(const Writers& writers,
                                                       const std::string& path) {
  const auto prefix = path + "/";
  std::vector<const Writers::value_type*> found;
  for (auto at = writers.lower_bound(prefix); at != writers.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    found.push_back(&*at);
  }
  return found;
}

Error written_twice(const Graph& graph, const Writers::value_type& first, const Node& second,
                    const std::string& path) {
  return Error(ErrorKind::bad_input, "'{}' of {} and '{}' of {} overlap: one step writes a path",
               first.first, place(graph.nodes[first.second]), path, place(second))
      .hint("give each step an output of its own");
}

Writers collect_writers(const Graph& graph) {
  Writers writers;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const auto& node = graph.nodes[index];
    for (const auto& output : node.outputs) {
      if (const auto* around = writer_around(writers, output.text()))
        throw written_twice(graph, *around, node, output.text());
      const auto inside = writers_inside(writers, output.text());
      if (!inside.empty()) throw written_twice(graph, *inside.front(), node, output.text());
      writers.emplace(output.text(), index);
    }
  }
  return writers;
}

void add_outputs(Node& node) {
  auto texts = node.spec.outputs;
  texts.insert(texts.end(), node.spec.metrics.begin(), node.spec.metrics.end());
  for (const auto& text : texts) {
    const auto path = path_of(node, text);
    if (std::ranges::find(node.outputs, path) == node.outputs.end()) node.outputs.push_back(path);
  }
}

void sort_once(std::vector<std::size_t>& indexes) {
  std::ranges::sort(indexes);
  indexes.erase(std::unique(indexes.begin(), indexes.end()), indexes.end());
}

void join(Graph& graph, std::size_t index, const Writers& writers) {
  auto& node = graph.nodes[index];
  for (const auto& text : node.spec.inputs) {
    StepInput input{.path = path_of(node, text), .makers = {}, .made = false};
    auto found = writers_inside(writers, input.path.text());
    if (const auto* around = writer_around(writers, input.path.text())) {
      found.push_back(around);
      input.made = true;
    }
    for (const auto* writer : found) {
      if (writer->second == index)
        throw Error(ErrorKind::bad_input, "{} reads '{}' and writes '{}'", place(node),
                    input.path.text(), writer->first)
            .hint("let it write elsewhere: what a step reads must stay as it was");
      input.makers.push_back(writer->second);
    }
    sort_once(input.makers);
    node.needs.insert(node.needs.end(), input.makers.begin(), input.makers.end());
    node.inputs.push_back(std::move(input));
  }
  sort_once(node.needs);
  for (const auto need : node.needs) graph.nodes[need].needed.push_back(index);
}

/// A circle among the steps that were never free to go.
Error cycle(const Graph& graph, const std::vector<std::size_t>& waiting) {
  std::size_t at = 0;
  while (waiting[at] == 0) ++at;
  // Each of them waits for another of them, so a walk along the needs comes round.
  std::vector<std::size_t> walk;
  while (std::ranges::find(walk, at) == walk.end()) {
    walk.push_back(at);
    const auto& needs = graph.nodes[at].needs;
    at = *std::ranges::find_if(needs, [&](std::size_t need) { return waiting[need] != 0; });
  }
  walk.erase(walk.begin(), std::ranges::find(walk, at));
  // The walk went against the data; told in the direction of the data, from the first in the file.
  std::ranges::reverse(walk);
  std::rotate(walk.begin(), std::ranges::min_element(walk), walk.end());
  std::string path;
  for (const auto index : walk) path += graph.nodes[index].spec.name + " → ";
  const auto& first = graph.nodes[walk.front()];
  return Error(ErrorKind::bad_input, "steps wait for each other in a circle: {}{}", path,
               first.spec.name)
      .hint("look at 'in' of step '{}' ({}:{}): one of these must not read what the next makes",
            first.spec.name, first.spec.source, first.spec.line);
}

std::vector<std::size_t> sorted(const Graph& graph) {
  std::vector<std::size_t> waiting;
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> free;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    waiting.push_back(graph.nodes[index].needs.size());
    if (waiting.back() == 0) free.push(index);
  }
  std::vector<std::size_t> order;
  while (!free.empty()) {
    order.push_back(free.top());
    free.pop();
    for (const auto next : graph.nodes[order.back()].needed)
      if (--waiting[next] == 0) free.push(next);
  }
  if (order.size() < graph.nodes.size()) throw cycle(graph, waiting);
  return order;
}

/// The step of this name, or all copies that its `matrix` or `foreach` made.
std::vector<std::size_t> steps_named(const Graph& graph, const std::string& name) {
  std::vector<std::string> names;
  std::vector<std::size_t> found;
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) {
    const auto& known = graph.nodes[index].spec.name;
    if (known == name || known.starts_with(name + "@")) found.push_back(index);
    names.push_back(known);
  }
  if (!found.empty()) return found;
  Error error(ErrorKind::not_found, "no step '{}' in mlo.yaml", name);
  const auto close = nearest(name, names);
  if (close)
    error.hint("did you mean '{}'?", *close);
  else
    error.hint("steps: {}", mlo::join(names, ", "));
  throw error;
}

}  // namespace

Graph build_graph(std::span<const workspace::StepSpec> steps) {
  Graph graph;
  for (const auto& step : steps) {
    auto& node = graph.nodes.emplace_back();
    node.spec = step;
    check_name(node);
    add_outputs(node);
  }
  const auto writers = collect_writers(graph);
  for (std::size_t index = 0; index < graph.nodes.size(); ++index) join(graph, index, writers);
  graph.order = sorted(graph);
  return graph;
}

std::vector<std::size_t> select_steps(const Graph& graph, std::span<const std::string> names) {
  if (names.empty()) return graph.order;
  std::vector<bool> wanted(graph.nodes.size());
  for (const auto& name : names)
    for (const auto index : steps_named(graph, name)) wanted[index] = true;
  // Backwards, so that what is wanted is known before what it needs is looked at.
  for (auto at = graph.order.rbegin(); at != graph.order.rend(); ++at)
    if (wanted[*at])
      for (const auto need : graph.nodes[*at].needs) wanted[need] = true;
  std::vector<std::size_t> selected;
  std::ranges::copy_if(graph.order, std::back_inserter(selected),
                       [&](std::size_t index) { return wanted[index]; });
  return selected;
}

void require_sources(const Graph& graph, std::span<const std::size_t> selected,
                     const std::filesystem::path& root, const workspace::LockFile& lock) {
  for (const auto index : selected) {
    const auto& node = graph.nodes[index];
    for (const auto& input : node.inputs) {
      const auto& path = input.path.text();
      if (!input.makers.empty() || status_of(input.path.under(root))) continue;
      Error error(ErrorKind::not_found, "input '{}' of {} is not there, and no step makes it", path,
                  place(node));
      if (lock.data.contains(path) || lock.data.contains(path + "/"))
        error.hint("mlo checkout {}", workspace::from_here(root, path));
      else
        error.hint("put the file there, or correct 'in' in {}:{}", node.spec.source,
                   node.spec.line);
      throw error;
    }
  }
}

}  // namespace mlo::run
