#include "mlo/core/process.h"

#include <chrono>
#include <thread>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/thread.h"

using namespace mlo;
namespace fs = std::filesystem;

namespace {

ProcessSpec shell(const std::string& script) {
  return {.argv = {"/bin/sh", "-c", script}};
}

}  // namespace

TEST_CASE("a child's exit code and output come back", "[process]") {
  const auto result = run_process(shell("echo out; echo err >&2; exit 7"));
  CHECK(result.exit_code == 7);
  CHECK(result.output == "out\nerr\n");
}

TEST_CASE("a child killed by a signal says which", "[process]") {
  const auto result = run_process(shell("kill -9 $$"));
  CHECK(result.signal == 9);
  CHECK(result.exit_code == 137);
}

TEST_CASE("a child sees what is added to its environment and no input", "[process]") {
  auto spec = shell("echo $MLO_TEST; cat; pwd");
  spec.environment["MLO_TEST"] = "hello";
  spec.folder = "/";
  CHECK(run_process(spec).output == "hello\n/\n");
}

TEST_CASE("output beyond the limit is dropped and the child goes on", "[process]") {
  const auto result = run_process(shell("head -c 3000000 /dev/zero; exit 3"));
  CHECK(result.exit_code == 3);
  CHECK(result.output.size() == 1U << 20U);
}

TEST_CASE("a log takes output from the first byte", "[process]") {
  const auto world = system_world();
  const TemporaryFolder folder(fs::temp_directory_path(), world);
  auto spec = shell("echo one; echo two >&2");
  spec.log = folder.path() / "log";
  run_process(spec);
  CHECK(read_file(spec.log) == "one\ntwo\n");
}

TEST_CASE("a program that is not there is named", "[process]") {
  CHECK_THROWS_AS(run_process({.argv = {"no-such-program-here"}}), Error);
}

TEST_CASE("stopping ends the child with all that it started", "[process]") {
  std::stop_source source;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(run_process(shell("sleep 60 & sleep 60"), source.get_token()), Error);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("work in parallel is done once each and the first failure is told", "[thread]") {
  std::vector<int> done(1000);
  parallel_for(done.size(), 4, [&](std::size_t i) { ++done[i]; });
  CHECK(done == std::vector<int>(1000, 1));
  CHECK_THROWS_AS(parallel_for(10, 4, [](std::size_t) { throw Error(ErrorKind::usage, "no"); }),
                  Error);
}

TEST_CASE("a child that takes too long is ended with its children, and that is said", "[process]") {
  auto spec = shell("sleep 60 & sleep 60");
  spec.limits.wall = std::chrono::seconds(1);
  const auto result = run_process(spec);
  CHECK(result.limit_hit == Limit::wall);
  CHECK(result.duration >= std::chrono::seconds(1));
  CHECK(result.duration < std::chrono::seconds(5));
}

TEST_CASE("a child that never stops writing is held to its limits, and can be stopped",
          "[process]") {
  auto spec = shell("cat /dev/zero & cat /dev/zero & cat /dev/zero & cat /dev/zero");
  SECTION("by its limit") {
    spec.limits.wall = std::chrono::seconds(1);
    const auto result = run_process(spec);
    CHECK(result.limit_hit == Limit::wall);
    CHECK(result.duration < std::chrono::seconds(5));
  }
  SECTION("by people") {
    std::stop_source source;
    std::jthread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      source.request_stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(run_process(spec, source.get_token()), Error);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  }
}

TEST_CASE("memory and CPU time are limited for a child and all it starts", "[process]") {
  if (!usage_of_tree(::getpid())) return;                                          // not told here
  auto hungry = shell("head -c 200000000 /dev/zero | tail -c 200000000 | wc -c");  // tail keeps it
  hungry.limits.memory_bytes = 50'000'000;
  CHECK(run_process(hungry).limit_hit == Limit::memory);
  auto busy = shell("(while :; do :; done) & (while :; do :; done) & wait");
  busy.limits.cpu = std::chrono::seconds(1);
  CHECK(run_process(busy).limit_hit == Limit::cpu);
  auto modest = shell("echo done");
  modest.limits = {.memory_bytes = 50'000'000,
                   .cpu = std::chrono::seconds(10),
                   .wall = std::chrono::seconds(10)};
  const auto result = run_process(modest);
  CHECK_FALSE(result.limit_hit);
  CHECK(result.output == "done\n");
}

TEST_CASE("processes are found by a variable they were started with", "[process]") {
  if (!usage_of_tree(::getpid())) return;  // not told here
  auto spec = shell("sleep 60");
  spec.environment["MLO_TEST_MARK"] = "run-7";
  ProcessResult result;
  std::jthread watcher([&] { result = run_process(spec); });
  while (end_processes_with("MLO_TEST_MARK", "run") == 0) std::this_thread::yield();
  watcher.join();
  CHECK(result.signal == 9);
  // What it started in that very moment is found by a further look.
  int looks = 0;
  while (end_processes_with("MLO_TEST_MARK", "run") > 0 && ++looks < 1000)
    std::this_thread::yield();
  CHECK(end_processes_with("MLO_TEST_MARK", "run") == 0);
}
