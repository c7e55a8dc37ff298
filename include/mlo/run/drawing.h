#pragma once

#include <string>

#include "mlo/workspace/project.h"

namespace mlo::run {

enum class Drawing {
  text,     ///< a line a step, each below what it needs, for terminals
  mermaid,  ///< https://mermaid.js.org, as code hosts draw it in Markdown
  dot,      ///< Graphviz
};

/// The steps of the pipeline and which waits for which. Throws as `train` does on a broken graph.
std::string draw_pipeline(const workspace::Project& project, Drawing drawing);

}  // namespace mlo::run
