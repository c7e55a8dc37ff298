#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/workspace/track.h"

namespace mlo::workspace {

/// A repository in a folder of its own (`root`), with keys and settings in another.
struct TestPlace {
  World world = system_world();
  TemporaryFolder folder{std::filesystem::temp_directory_path(), world};
  std::filesystem::path root = std::filesystem::canonical(folder.path()) / "work";

  TestPlace() {
    world.environment = [this](const std::string& name) -> std::optional<std::string> {
      if (name == "XDG_CONFIG_HOME" || name == "HOME") return (folder.path() / "home").string();
      if (name == "MLO_ACTOR") return "ana";
      return std::nullopt;
    };
    static_cast<void>(create_repository(root, world));
  }
  void write(const std::string& path, std::string_view content) const {
    std::filesystem::create_directories((root / path).parent_path());
    write_durably(root / path, bytes_of(content), world, "test");
  }
  [[nodiscard]] std::string read(const std::string& path) const { return read_file(root / path); }
  [[nodiscard]] Repository open() const { return Repository::open(root, world); }
  /// Writes `content` and records it as the next version.
  ledger::DatasetVersion track(const std::string& path, std::string_view content) const {
    write(path, content);
    return track(path);
  }
  [[nodiscard]] ledger::DatasetVersion track(const std::string& path) const {
    auto repository = open();
    return workspace::track(repository, {.paths = {RepoPath::parse(path)}}, no_progress(), {})
        .front()
        .version;
  }
  std::string git(const std::string& arguments) const {
    const auto result = run_process(
        {.argv = {"/bin/sh", "-c", "git " + arguments},
         .folder = root,
         .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"HOME", folder.path().string()}}});
    REQUIRE(result.exit_code == 0);
    return result.output;
  }
  void init_git() const {
    git("init -q -b trunk . && git config user.name Ana && git config user.email a@example.org");
  }
};

/// The error that `work` throws.
inline Error error_from(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::usage, ""};
}

}  // namespace mlo::workspace
