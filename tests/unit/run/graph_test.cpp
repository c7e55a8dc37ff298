#include "run/graph.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::run {
namespace {

workspace::StepSpec step(std::string name, std::vector<std::string> inputs,
                         std::vector<std::string> outputs, int line = 1) {
  return {.name = std::move(name),
          .run = "true",
          .inputs = std::move(inputs),
          .outputs = std::move(outputs),
          .line = line};
}

std::vector<std::string> names(const Graph& graph, const std::vector<std::size_t>& indexes) {
  std::vector<std::string> found;
  found.reserve(indexes.size());
  for (const auto index : indexes) found.push_back(graph.nodes[index].spec.name);
  return found;
}

Error error_of(const std::vector<workspace::StepSpec>& steps) {
  try {
    build_graph(steps);
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  throw std::logic_error("unreachable");
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("steps follow what they need and otherwise keep the order of the file", "[graph]") {
  const std::vector<workspace::StepSpec> steps{
      step("export", {"model"}, {"model.onnx"}), step("note", {"notes.md"}, {"notes.html"}),
      step("fit", {"train.csv"}, {"model"}), step("split", {"raw.csv"}, {"train.csv", "test.csv"})};
  const auto graph = build_graph(steps);
  CHECK(names(graph, graph.order) == Names{"note", "split", "fit", "export"});
}

TEST_CASE("an input is joined to an output that equals it, holds it or lies in it", "[graph]") {
  const std::string input = GENERATE("data/clean/a.csv", "data/clean", "data", "./data//clean/");
  const std::vector<workspace::StepSpec> steps{step("use", {input}, {"report"}),
                                               step("make", {"raw.csv"}, {"data/clean"})};
  const auto graph = build_graph(steps);
  CHECK(names(graph, graph.order) == Names{"make", "use"});
  CHECK(graph.nodes[0].inputs[0].made == (input != "data"));
}

TEST_CASE("paths that only begin alike are not joined", "[graph]") {
  const std::vector<workspace::StepSpec> steps{
      step("use", {"data-old", "data.csv", "dat"}, {"report"}), step("make", {}, {"data"})};
  CHECK(build_graph(steps).nodes[0].needs.empty());
}

TEST_CASE("metric files are outputs too, once", "[graph]") {
  auto fit = step("fit", {}, {"metrics.json"});
  fit.metrics = {"metrics.json", "more.yaml"};
  const auto graph = build_graph(std::vector{fit, step("report", {"more.yaml"}, {})});
  CHECK(graph.nodes[0].outputs.size() == 2);
  CHECK(graph.nodes[1].needs == std::vector<std::size_t>{0});
}

TEST_CASE("a circle is told as the path that it is", "[graph]") {
  const auto error = error_of({step("free", {}, {"x"}), step("a", {"from-c", "x"}, {"from-a"}, 7),
                               step("b", {"from-a"}, {"from-b"}), step("c", {"from-b"}, {"from-c"}),
                               step("after", {"from-c"}, {"end"})});
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.message() == "steps wait for each other in a circle: a → b → c → a");
  CHECK(error.hint().find("mlo.yaml:7") != std::string::npos);
}

TEST_CASE("two steps that write one path are named with both places", "[graph]") {
  const auto [first, second] = GENERATE(
      table<std::string, std::string>({{"m", "m"}, {"m", "m/x"}, {"m/x", "m"}, {"m/", "./m"}}));
  const auto error = error_of({step("one", {}, {first}, 4), step("two", {}, {second}, 9)});
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.message().find("step 'one' (mlo.yaml:4)") != std::string::npos);
  CHECK(error.message().find("step 'two' (mlo.yaml:9)") != std::string::npos);
}

TEST_CASE("a step may not write what it reads", "[graph]") {
  const std::string output = GENERATE("data", "data/out.csv");
  const auto error = error_of({step("grow", {"data"}, {output}, 3)});
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.message().find("step 'grow' (mlo.yaml:3) reads 'data' and writes") == 0);
}

TEST_CASE("a name that is no file name is refused", "[graph]") {
  const std::string name = GENERATE("../up", ".hidden", "", "a b", "a/b");
  CHECK(error_of({step(name, {}, {})}).kind() == ErrorKind::bad_input);
}

TEST_CASE("a path that leads out of the workspace is refused with its step", "[graph]") {
  const auto error = error_of({step("leak", {"../secret"}, {"x"}, 5)});
  CHECK(error.kind() == ErrorKind::bad_input);
  REQUIRE_FALSE(error.context().empty());
  CHECK(error.context().front() == "step 'leak' (mlo.yaml:5)");
}

TEST_CASE("chosen steps bring what they need and nothing else", "[graph]") {
  const std::vector<workspace::StepSpec> steps{
      step("split", {"raw"}, {"train"}), step("fit", {"train"}, {"model"}),
      step("report", {"model"}, {"page"}), step("other", {}, {"o"})};
  const auto graph = build_graph(steps);
  CHECK(names(graph, select_steps(graph, Names{"fit"})) == Names{"split", "fit"});
  CHECK(select_steps(graph, Names{}).size() == 4);
  try {
    select_steps(graph, Names{"fti"});
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(error.hint() == "did you mean 'fit'?");
  }
}

TEST_CASE("a missing input that no step makes is named with step, path and line", "[graph]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), system_world());
  const std::vector<workspace::StepSpec> steps{step("split", {"raw.csv"}, {"train.csv"}, 12),
                                               step("fit", {"train.csv"}, {"model"})};
  const auto graph = build_graph(steps);
  workspace::LockFile lock;
  lock.data["raw.csv"] = Digest::of("x");
  try {
    require_sources(graph, graph.order, folder.path(), lock);
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
    CHECK(error.message() ==
          "input 'raw.csv' of step 'split' (mlo.yaml:12) is not there, and no step makes it");
    CHECK(error.hint() == "mlo checkout raw.csv");
  }
}

TEST_CASE("a graph of ten thousand steps is built in less than a second", "[graph]") {
  std::vector<workspace::StepSpec> steps;
  steps.reserve(10'000);
  for (int i = 0; i < 10'000; ++i)
    steps.push_back(
        step("s" + std::to_string(i), {"d/" + std::to_string(i)}, {"d/" + std::to_string(i + 1)}));
  const auto graph = build_graph(steps);
  CHECK(graph.order.size() == 10'000);
  CHECK(graph.order.back() == 9'999);
}

}  // namespace mlo::run
