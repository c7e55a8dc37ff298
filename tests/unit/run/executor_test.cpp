#include "run/executor.h"

#include <chrono>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::run {
namespace {

struct Place {
  TemporaryFolder folder{std::filesystem::temp_directory_path(), system_world()};
  std::unique_ptr<Executor> executor = make_executor(executors().names().front());

  [[nodiscard]] Attempt attempt(const std::string& key, const std::string& command) const {
    return {.key = key,
            .command = command,
            .folder = folder.path(),
            .environment = {{"MLO_STEP", key}},
            .log = folder.path() / (key + ".log")};
  }
  JobState end_of(const std::string& job) const {
    const std::vector<std::string> jobs{job};
    for (int i = 0; i < 200; ++i) {
      auto state = executor->poll(jobs).front();
      if (state.phase != JobState::Phase::running) return state;
      executor->wait(std::chrono::milliseconds(100));
    }
    FAIL("the job does not end");
    return {};
  }
};

}  // namespace

// What every kind of executor promises. One kind so far: `local`.

TEST_CASE("a job runs in its folder with its variables and writes its log", "[executor]") {
  Place place;
  const auto job = place.executor->submit(place.attempt("one", "echo $MLO_STEP; pwd; exit 3"));
  const auto state = place.end_of(job);
  CHECK(state.phase == JobState::Phase::done);
  CHECK(state.result.exit_code == 3);
  CHECK(read_file(place.folder.path() / "one.log") ==
        "one\n" + std::filesystem::canonical(place.folder.path()).string() + "\n");
}

TEST_CASE("the same key is the same job", "[executor]") {
  Place place;
  const auto attempt = place.attempt("once", "echo x >> count");
  const auto job = place.executor->submit(attempt);
  CHECK(place.executor->submit(attempt) == job);
  place.end_of(job);
  CHECK(place.executor->submit(attempt) == job);
  place.end_of(job);
  CHECK(read_file(place.folder.path() / "count") == "x\n");
}

TEST_CASE("a cancelled job ends with all it has started", "[executor]") {
  Place place;
  const auto job =
      place.executor->submit(place.attempt("long", "sleep 60 & sleep 60; touch never"));
  const auto begin = std::chrono::steady_clock::now();
  place.executor->cancel(job);
  CHECK(place.end_of(job).phase == JobState::Phase::lost);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  CHECK_FALSE(status_of(place.folder.path() / "never"));
}

TEST_CASE("an executor that goes away takes its jobs along", "[executor]") {
  const auto begin = std::chrono::steady_clock::now();
  {
    Place place;
    place.executor->submit(place.attempt("a", "sleep 60"));
    place.executor->submit(place.attempt("b", "sleep 60"));
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
}

TEST_CASE("a job that nobody submitted, or that cannot start, is lost", "[executor]") {
  Place place;
  const std::vector<std::string> unknown{"unknown"};
  CHECK(place.executor->poll(unknown).front().phase == JobState::Phase::lost);
  auto attempt = place.attempt("nowhere", "true");
  attempt.folder /= "missing";
  const auto state = place.end_of(place.executor->submit(attempt));
  CHECK(state.phase == JobState::Phase::lost);
  CHECK_FALSE(state.problem.empty());
}

TEST_CASE("an unknown kind is refused with those that there are", "[executor]") {
  try {
    make_executor("slurmy");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.hint() == "executors: local");
  }
}

}  // namespace mlo::run
