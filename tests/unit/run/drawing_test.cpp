#include "mlo/run/drawing.h"

#include <catch2/catch.hpp>

namespace mlo::run {

TEST_CASE("a pipeline is drawn for terminals, Mermaid and Graphviz", "[drawing]") {
  const auto project = workspace::parse_project(
      "pipeline:\n  fit: {run: x, in: [a], out: [m]}\n  split: {run: x, out: [a]}\n", "mlo.yaml");
  CHECK(draw_pipeline(project, Drawing::text) == "split\n  fit ← split\n");
  CHECK(draw_pipeline(project, Drawing::mermaid) ==
        "flowchart TD\n  s0[\"fit\"]\n  s1[\"split\"]\n  s1 --> s0\n");
  CHECK(draw_pipeline(project, Drawing::dot) ==
        "digraph pipeline {\n  \"fit\";\n  \"split\";\n  \"split\" -> \"fit\";\n}\n");
}

}  // namespace mlo::run
