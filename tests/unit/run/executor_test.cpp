#include "run/executor.h"

#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::run {
namespace {

struct Place {
  TemporaryFolder folder{std::filesystem::temp_directory_path(), system_world()};
  std::unique_ptr<Executor> executor = make_executor("local", Json::object(), system_world());

  [[nodiscard]] Attempt attempt(const std::string& key, const std::string& command) const {
    return {.key = key,
            .command = command,
            .folder = folder.path(),
            .environment = {{"MLO_STEP", key}},
            .log = folder.path() / (key + ".log")};
  }
  std::string submit(const Attempt& attempt) const {
    executor->submit({&attempt, 1});
    return attempt.key;
  }
  JobState end_of(const std::string& job) const {
    const std::vector<std::string> jobs{job};
    for (int i = 0; i < 200; ++i) {
      auto state = executor->poll(jobs).front();
      if (state.ended()) return state;
      executor->wait(std::chrono::milliseconds(100));
    }
    FAIL("the job does not end");
    return {};
  }
};

}  // namespace

// What `local` promises beyond tests/contract/executors.py, which holds every kind to one table.

TEST_CASE("a job runs in its folder with its variables and writes its log", "[executor]") {
  Place place;
  const auto job = place.submit(place.attempt("one", "echo $MLO_STEP; pwd; exit 3"));
  const auto state = place.end_of(job);
  CHECK(state.phase == JobState::Phase::done);
  CHECK(state.result.exit_code == 3);
  CHECK(read_file(place.folder.path() / "one.log") ==
        "one\n" + std::filesystem::canonical(place.folder.path()).string() + "\n");
}

TEST_CASE("the same key is the same job", "[executor]") {
  Place place;
  const auto attempt = place.attempt("once", "echo x >> count");
  const auto job = place.submit(attempt);
  place.submit(attempt);
  place.end_of(job);
  place.submit(attempt);
  place.end_of(job);
  CHECK(read_file(place.folder.path() / "count") == "x\n");
}

TEST_CASE("a cancelled job ends with all it has started", "[executor]") {
  Place place;
  const auto job = place.submit(place.attempt("long", "sleep 60 & sleep 60; touch never"));
  const auto begin = std::chrono::steady_clock::now();
  place.executor->cancel(job);
  CHECK(place.end_of(job).phase == JobState::Phase::failed);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
  CHECK_FALSE(status_of(place.folder.path() / "never"));
}

TEST_CASE("an executor that goes away takes its jobs along", "[executor]") {
  const auto begin = std::chrono::steady_clock::now();
  {
    Place place;
    place.submit(place.attempt("a", "sleep 60"));
    place.submit(place.attempt("b", "sleep 60"));
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(4));
}

TEST_CASE("a job that nobody submitted is lost, one that cannot start has failed", "[executor]") {
  Place place;
  const std::vector<std::string> unknown{"unknown"};
  CHECK(place.executor->poll(unknown).front().phase == JobState::Phase::lost);
  auto attempt = place.attempt("nowhere", "true");
  attempt.folder /= "missing";
  const auto state = place.end_of(place.submit(attempt));
  CHECK(state.phase == JobState::Phase::failed);
  CHECK_FALSE(state.problem.empty());
}

TEST_CASE("an unknown kind is refused with those that there are", "[executor]") {
  try {
    make_executor("slurmy", Json::object(), system_world());
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.hint() == "executors: local, slurm");
  }
}

TEST_CASE("options that an executor does not know are refused with their place", "[executor]") {
  const auto problem = [](std::string_view kind, std::string_view options) {
    try {
      make_executor(kind, Json::parse(options), system_world());
    } catch (const Error& error) {
      return error.message() + " | " + error.context().front();
    }
    return std::string("no error");
  };
  CHECK(problem("local", R"({"jobs": 4})") ==
        "the executor local takes no 'jobs' | reading executors: local in mlo.yaml");
  CHECK(problem("slurm", R"({"partition": "gpu"})") ==
        "unknown key 'partition' | reading executors: slurm in mlo.yaml");
}

TEST_CASE("what a driver that died left running is ended", "[executor]") {
  Place place;
  auto attempt = place.attempt("01RUN-fit-1", "echo on > here; sleep 60");
  place.submit(attempt);
  while (!status_of(place.folder.path() / "here")) std::this_thread::yield();
  const auto other = make_executor("local", Json::object(), system_world());
  other->clear_after("01RUN-other");  // no run of that name, but a key that begins so
  other->clear_after("01RU");
  const std::vector<std::string> jobs{attempt.key};
  CHECK_FALSE(place.executor->poll(jobs).front().ended());
  other->clear_after("01RUN");
  CHECK(place.end_of(attempt.key).result.signal == 9);
}

}  // namespace mlo::run
