#include "mlo/workspace/git.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/workspace/git_ignore.h"
#include "mlo/workspace/repository.h"
#include "unit/workspace/place.h"

using namespace mlo;
using namespace mlo::workspace;
namespace fs = std::filesystem;

namespace {

struct GitPlace {
  World world = system_world();
  TemporaryFolder folder{fs::temp_directory_path(), world};
  std::string git(const std::string& arguments) const {
    const auto result = run_process(
        {.argv = {"/bin/sh", "-c", "git " + arguments},
         .folder = folder.path(),
         .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"HOME", folder.path().string()}}});
    REQUIRE(result.exit_code == 0);
    return result.output;
  }
  GitPlace() {
    git("init -q -b trunk . && git config user.name Ana && git config user.email ana@example.org");
  }
};

}  // namespace

TEST_CASE("commit, branch, author and uncommitted changes are git's own", "[git]") {
  const GitPlace place;
  write_durably(place.folder.path() / "a.txt", bytes_of("one\n"), place.world, "test");
  place.git("add a.txt && git commit -qm first");
  auto state = git_state(place.folder.path());
  REQUIRE(state);
  CHECK(state->commit + "\n" == place.git("rev-parse HEAD"));
  CHECK(state->branch == "trunk");
  CHECK(state->author == "Ana <ana@example.org>");
  CHECK(state->diff.empty());
  write_durably(place.folder.path() / "a.txt", bytes_of("two\n"), place.world, "test");
  state = git_state(place.folder.path());
  CHECK(state->diff.find("-one\n+two\n") != std::string::npos);
}

TEST_CASE("before the first commit there is no commit, and outside of git no state", "[git]") {
  const GitPlace place;
  const auto state = git_state(place.folder.path());
  REQUIRE(state);
  CHECK(state->commit.empty());
  const TemporaryFolder outside(fs::temp_directory_path(), place.world);
  CHECK_FALSE(git_state(outside.path()));
}

TEST_CASE("init keeps .mlo out of git without touching the project's files", "[git]") {
  GitPlace place;
  place.world.environment = [&](const std::string& name) -> std::optional<std::string> {
    if (name == "XDG_CONFIG_HOME" || name == "HOME")
      return (place.folder.path() / ".git/home").string();
    return name == "MLO_ACTOR" ? std::optional<std::string>("ana") : std::nullopt;
  };
  CHECK(create_repository(place.folder.path(), place.world).in_git);
  CHECK(place.git("status --porcelain") == "?? mlo.yaml\n");
}

TEST_CASE("data that git would keep too has a line for .gitignore", "[git]") {
  const TestPlace place;
  const auto lines_of = [&](const std::string& path) {
    auto repository = place.open();
    return lines_to_ignore(
        repository, track(repository, {.paths = {RepoPath::parse(path)}}, no_progress(), {}));
  };
  place.write("data/raw/a.txt", "one");
  place.write("kept.txt", "two");
  place.write("odd [1].txt", "three");
  CHECK(lines_of("data/raw").empty());  // outside of git
  place.init_git();
  place.git("add kept.txt");
  CHECK(lines_of("data/raw") == std::vector<std::string>{"/data/raw/"});
  CHECK(lines_of("kept.txt").empty());
  place.write(".gitignore", lines_of("data/raw").front() + "\n" + lines_of("odd [1].txt").front());
  CHECK(lines_of("data/raw").empty());
  CHECK(lines_of("odd [1].txt").empty());
  CHECK(place.git("status --porcelain -uall").find("data/raw") == std::string::npos);
  CHECK(place.git("status --porcelain -uall").find("odd") == std::string::npos);
}

TEST_CASE("a folder whose own rules leave out all of it needs no line", "[git]") {
  const TestPlace place;
  place.init_git();
  place.write("data/a.txt", "one");
  place.write("data/.gitignore", "*\n");
  auto repository = place.open();
  const auto tracked = track(repository, {.paths = {RepoPath::parse("data")}}, no_progress(), {});
  CHECK(lines_to_ignore(repository, tracked).empty());
}

TEST_CASE("a workspace below git's root has a .gitignore of its own", "[git]") {
  const TestPlace place;
  const auto result = run_process({.argv = {"/bin/sh", "-c", "git init -q ."},
                                   .folder = place.root.parent_path(),
                                   .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}}});
  REQUIRE(result.exit_code == 0);
  place.write("a.txt", "one");
  auto repository = place.open();
  const auto tracked = track(repository, {.paths = {RepoPath::parse("a.txt")}}, no_progress(), {});
  CHECK(lines_to_ignore(repository, tracked) == std::vector<std::string>{"/a.txt"});
}

TEST_CASE("a repository of another user is told as git tells it, with the way out", "[git]") {
  if (geteuid() != 0) return;  // only root can give files away
  const GitPlace place;
  REQUIRE(chown(place.folder.path().c_str(), 65'534, 65'534) == 0);
  REQUIRE(chown((place.folder.path() / ".git").c_str(), 65'534, 65'534) == 0);
  std::string problem;
  CHECK_FALSE(git_state(place.folder.path(), &problem));
  const auto way_out = "git config --global --add safe.directory '" +
                       fs::canonical(place.folder.path()).string() + "'";
  CHECK(problem.find("another user owns it: " + way_out) != std::string::npos);
}
