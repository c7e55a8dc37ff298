#include "mlo/workspace/params_file.h"

#include <fstream>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

struct Place {
  TemporaryFolder folder{fs::temp_directory_path(), system_world()};
  World world = system_world();
  explicit Place(const std::string& project) {
    world.environment = [home = folder.path().string()](const std::string& name) {
      return name == "MLO_ACTOR"                           ? std::optional<std::string>("ana")
             : name == "HOME" || name == "XDG_CONFIG_HOME" ? std::optional<std::string>(home)
                                                           : std::nullopt;
    };
    write("mlo.yaml", project);
    create_repository(root(), world);
  }
  [[nodiscard]] fs::path root() const { return folder.path() / "work"; }
  void write(const std::string& path, const std::string& content) const {
    fs::create_directories(root());
    std::ofstream(root() / path) << content;
  }
  [[nodiscard]] std::size_t change(const std::string& values) const {
    return change_params(Repository::open(root(), world), Json::parse(values)).size();
  }
};

}  // namespace

TEST_CASE("values are written where they stand, and nothing else changes", "[params-file]") {
  Place place(R"(project: demo  # ours
params:
  lr: 0.1   # learning rate
  tree: {depth: 3, kind: 'a ''b''', "odd name": 5}
  "quoted": "x \" y"
)");
  CHECK(place.change(R"({"lr": 0.25, "tree.depth": 12, "tree.kind": "true", "quoted": "z"})") == 4);
  CHECK(read_file(place.root() / "mlo.yaml") == R"(project: demo  # ours
params:
  lr: 0.25   # learning rate
  tree: {depth: 12, kind: "true", "odd name": 5}
  "quoted": z
)");
  CHECK(place.change(R"({"lr": 0.25})") == 0);
}

TEST_CASE("params of a file of their own are written there", "[params-file]") {
  Place place("project: demo\nparams: {seed: 1}\n");
  place.write("params.yaml", "lr: 0.1\n");
  CHECK(place.change(R"({"lr": 3, "seed": 2})") == 2);
  CHECK(read_file(place.root() / "params.yaml") == "lr: 3\n");
  CHECK(read_file(place.root() / "mlo.yaml") == "project: demo\nparams: {seed: 2}\n");
}

TEST_CASE("what cannot be written is told before anything is", "[params-file]") {
  Place place("params: {lr: 0.1, list: [1, 2]}\n");
  CHECK_THROWS_AS(place.change(R"({"lr": 3, "nosuch": 2})"), Error);
  CHECK_THROWS_AS(place.change(R"({"lr": 3, "list": 2})"), Error);
  CHECK(read_file(place.root() / "mlo.yaml") == "params: {lr: 0.1, list: [1, 2]}\n");
}

}  // namespace mlo::workspace
