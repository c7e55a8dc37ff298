#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/path.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/project.h"

namespace mlo::run {

/// A path that a step reads.
struct StepInput {
  RepoPath path;
  std::vector<std::size_t> makers;  ///< the steps that write it, or something inside it
  bool made = false;                ///< it is, or lies in, an output: nobody else provides it
};

/// A step among the others.
struct Node {
  workspace::StepSpec spec;
  std::vector<StepInput> inputs;
  std::vector<RepoPath> outputs;    ///< metric files among them, each once
  std::vector<std::size_t> needs;   ///< steps that go before it, ascending
  std::vector<std::size_t> needed;  ///< steps that wait for it, ascending
};

/// The pipeline: steps joined by the paths that they read and write.
struct Graph {
  std::vector<Node> nodes;         ///< in file order
  std::vector<std::size_t> order;  ///< each after what it needs, otherwise in file order
};

/// Throws bad_input on a cycle (naming its steps), on two steps that write one path or inside one
/// another's, on a step that writes what it reads, and on names unfit for a file.
/// O(n log n) in the number of paths.
Graph build_graph(std::span<const workspace::StepSpec> steps);

/// The named steps and all they need, in graph order; no names mean every step.
/// Throws not_found with the nearest name.
std::vector<std::size_t> select_steps(const Graph& graph, std::span<const std::string> names);

/// Throws not_found for the first input that no step makes and that is not there, naming the step,
/// the path and the line of mlo.yaml.
void require_sources(const Graph& graph, std::span<const std::size_t> selected,
                     const std::filesystem::path& root, const workspace::LockFile& lock);

}  // namespace mlo::run
