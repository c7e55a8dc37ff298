#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/workspace/project.h"

namespace mlo::workspace {
namespace {

std::string problem(const std::string& step, const std::string& more = "") {
  try {
    parse_project(more + "pipeline:\n  s: {run: x, " + step + "}\n", "mlo.yaml");
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a step says what it may use and where it is computed", "[resources]") {
  const auto project = parse_project(R"(executors: {slurm: {options: [--partition=gpu]}}
pipeline:
  fit: {run: x, executor: slurm, resources: {cpus: 4, gpus: 1, memory: 8 GB, cpu_time: 2h, growth: 1.5}}
)",
                                     "mlo.yaml");
  CHECK(project.steps.front().executor == "slurm");
  CHECK(
      project.steps.front().resources ==
      ResourceSpec{
          .cpus = 4, .gpus = 1, .memory_bytes = 8'000'000'000, .cpu_seconds = 7200, .growth = 1.5});
  CHECK(project.executors.at("slurm").dump() == R"({"options":["--partition=gpu"]})");
}

TEST_CASE("resources that make no sense are refused with their place", "[resources]") {
  CHECK(problem("resources: {cpus: 0}") == "mlo.yaml:2:33: cpus is a number from 1 to 100000");
  CHECK(problem("resources: {memory: 10}") == "mlo.yaml:2:35: memory is 1 MB or more");
  CHECK(problem("resources: {memory: lots}").starts_with("mlo.yaml:2:35: "));
  CHECK(problem("resources: {cpu_time: 0s}") == "mlo.yaml:2:37: cpu_time is a second or more");
  CHECK(problem("resources: {growth: 0.5}") == "mlo.yaml:2:35: growth is a factor from 1 to 10");
  CHECK(problem("resources: {memry: 1 GB}") == "mlo.yaml:2:27: unknown key 'memry'");
  CHECK(problem("resources: 4").starts_with("mlo.yaml:2:26: "));
}

TEST_CASE("params come from TOML too", "[resources]") {
  const ReadProjectFile read = [](const std::string& path) -> std::optional<std::string> {
    if (path == "p.toml") return "seed = 7\n[tree]\ndepth = 3\n";
    if (path == "bad.toml") return "seed = \n";
    if (path == "odd.toml") return "\"a b\" = 1\n";
    return std::nullopt;
  };
  const auto params = [&](const std::string& file) {
    return parse_project("params_from: " + file + "\nparams: {seed: 8}\n", "mlo.yaml", read).params;
  };
  CHECK(params("p.toml").canonical() == R"({"seed":8,"tree":{"depth":3}})");
  CHECK_THROWS_WITH(params("bad.toml"), Catch::StartsWith("bad.toml:1:"));
  CHECK_THROWS_WITH(params("odd.toml"),
                    Catch::Contains("'a b' of 'odd.toml' is no name of a param"));
}

}  // namespace mlo::workspace
