#include "mlo/workspace/pipeline_lock.h"

#include <chrono>
#include <thread>

#include "mlo/workspace/versions.h"
#include "unit/workspace/place.h"

using namespace mlo;
using namespace mlo::workspace;

namespace {

/// Keeps what it is told.
struct Heard final : Progress {
  void say(std::string_view line) override { lines.emplace_back(line); }
  void advance(std::string_view /*what*/, std::uint64_t /*done*/,
               std::uint64_t /*total*/) override {}
  void warn(std::string_view /*line*/) override {}
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("who waits for somebody at work says at once for whom", "[workspace]") {
  const TestPlace place;
  static_cast<void>(place.track("a.txt", "one"));
  auto repository = place.open();
  Heard heard;
  {
    const auto held = repository.lock();
    const auto begin = std::chrono::steady_clock::now();
    const auto error =
        error_from([&] { static_cast<void>(lock_workspace(repository, heard, 600)); });
    CHECK(error.kind() == ErrorKind::conflict);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(3));
  }
  REQUIRE(heard.lines.size() == 1);
  CHECK(heard.lines.front().starts_with("waiting for process "));
}

TEST_CASE("of who is through in a moment nothing is said", "[workspace]") {
  const TestPlace place;
  static_cast<void>(place.track("a.txt", "one"));
  auto repository = place.open();
  Heard heard;
  std::optional<FileLock> held = repository.lock();
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    held.reset();
  });
  static_cast<void>(untrack(repository, {RepoPath::parse("a.txt")}, "", heard));
  CHECK(heard.lines.empty());
}
