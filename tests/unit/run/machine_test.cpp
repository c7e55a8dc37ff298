#include "run/machine.h"

#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "mlo/core/file.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

struct Machine {
  TemporaryFolder folder{fs::temp_directory_path(), system_world()};
  std::map<std::string, std::string> variables;
  void write(const std::string& path, const std::string& content) const {
    fs::create_directories((folder.path() / path).parent_path());
    std::ofstream(folder.path() / path) << content;
  }
  [[nodiscard]] Json describe() const {
    auto world = system_world();
    world.environment = [this](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return describe_machine(world, folder.path());
  }
};

}  // namespace

TEST_CASE("a bare machine has a name, processors and memory", "[machine]") {
  const auto found = Machine().describe();
  CHECK(!found.at("host").as_string().empty());
  CHECK(found.at("cpus").as_integer() > 0);
  CHECK(found.at("memory_bytes").as_integer() > 0);
  CHECK(found.find("gpus") == nullptr);
  CHECK(found.find("container") == nullptr);
  CHECK(found.find("conda") == nullptr);
}

TEST_CASE("graphics cards are told as their driver tells them", "[machine]") {
  Machine machine;
  machine.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n");
  machine.write("proc/driver/nvidia/version", "NVRM version: 550.54.15\nGCC version\n");
  machine.write("proc/driver/nvidia/gpus/0000:01:00.0/information",
                "Model: \t\t NVIDIA A100-SXM4-40GB\nGPU UUID: \t GPU-1234\nIRQ: 5\n");
  machine.write("sys/class/drm/card1/device/mem_info_vram_total", "17163091968\n");
  const auto found = machine.describe();
  CHECK(found.at("cpu").as_string() == "Some CPU @ 2 GHz");
  CHECK(found.at("gpus").dump() ==
        R"([{"model":"NVIDIA A100-SXM4-40GB","id":"GPU-1234","driver":"NVRM version: 550.54.15"},)"
        R"({"model":"AMD","memory_bytes":17163091968}])");
}

TEST_CASE("a container and a conda environment are told", "[machine]") {
  Machine machine;
  machine.write("run/.containerenv", "engine=\"podman-4.3\"\nimage=\"docker.io/python:3.11\"\n");
  machine.variables = {{"CONDA_PREFIX", "/opt/conda/envs/x"}, {"CONDA_DEFAULT_ENV", "x"}};
  const auto found = machine.describe();
  CHECK(found.at("container").dump() == R"({"kind":"podman","image":"docker.io/python:3.11"})");
  CHECK(found.at("conda").dump() == R"({"name":"x","prefix":"/opt/conda/envs/x"})");
}

}  // namespace mlo::run
