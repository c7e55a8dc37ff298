#include "run/job.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/run/step.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

/// An attempt whose command writes `out`.
struct Planned : Workspace {
  explicit Planned(const std::string& command) : Workspace("project: demo\n") {
    place = root() / ".mlo/jobs/key";
    std::filesystem::create_directories(place);
    write_plan({.key = "key",
                .command = command,
                .folder = root(),
                .environment = {{"GREETING", "hello"}},
                .log = root() / "log",
                .log_limit_bytes = 50'000,
                .limits = {.wall = std::chrono::seconds(20)},
                .workspace = root(),
                .outputs = {"out"},
                .place = place},
               {.name = "key", .index = 3}, world);
  }
  std::filesystem::path place;
};

JobState done(int exit_code) {
  return {.phase = JobState::Phase::done, .result = {.exit_code = exit_code}, .problem = {}};
}

}  // namespace

TEST_CASE("a plan reads back as it was written", "[job]") {
  const Planned planned("echo x");
  const auto attempt = read_plan(planned.place);
  CHECK(attempt.key == "key");
  CHECK(attempt.command == "echo x");
  CHECK(attempt.environment.at("GREETING") == "hello");
  CHECK(attempt.log_limit_bytes == 50'000);
  CHECK(attempt.limits.wall == std::chrono::seconds(20));
  CHECK(attempt.outputs == std::vector<std::string>{"out"});
  CHECK(read_job_name(planned.place) == JobName{.name = "key", .index = 3});
  planned.write(".mlo/jobs/key/plan.json", R"({"format": "mlo-job/2"})");
  CHECK_THROWS_AS(read_plan(planned.place), Error);
}

TEST_CASE("a job leaves its result with what it wrote, once", "[job]") {
  const Planned planned("echo $GREETING | tee -a out; exit 0");
  CHECK_FALSE(read_result(planned.place));
  CHECK_FALSE(heartbeat(planned.place));
  CHECK(run_step(planned.place, planned.world, {}) == StepOutcome::told);
  const auto result = read_result(planned.place);
  REQUIRE(result);
  CHECK(result->phase == JobState::Phase::done);
  CHECK(result->outputs.at("out") == Digest::of("hello\n").text());
  CHECK(heartbeat(planned.place));
  CHECK(planned.read("log") == "hello\n");
  CHECK(run_step(planned.place, planned.world, {}) == StepOutcome::told_before);
  CHECK(planned.read("out") == "hello\n");
}

TEST_CASE("the result of a job that failed says how", "[job]") {
  const Planned planned("kill -9 $$");
  CHECK(run_step(planned.place, planned.world, {}) == StepOutcome::told);
  CHECK(read_result(planned.place)->result.signal == 9);
  CHECK(read_result(planned.place)->outputs.empty());
}

TEST_CASE("an attempt that never began can be kept from it, one that began cannot", "[job]") {
  const Planned planned("echo x > out");
  CHECK(forestall(planned.place, planned.world));
  CHECK(run_step(planned.place, planned.world, {}) == StepOutcome::told_before);
  CHECK_FALSE(planned.has("out"));
  CHECK(forestall(planned.place, planned.world));  // again changes nothing
  const Planned begun("true");
  const auto lease = Lease::take(begun.place, begun.world);
  CHECK_FALSE(forestall(begun.place, begun.world));
  CHECK(lease->beat());
}

TEST_CASE("only the latest start may tell a result", "[job]") {
  const Planned planned("true");
  const auto first = Lease::take(planned.place, planned.world);
  const auto second = Lease::take(planned.place, planned.world);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(second->number() == 2);
  CHECK_FALSE(first->beat());
  CHECK(second->beat());
  CHECK_FALSE(first->tell(done(0), planned.world));
  CHECK_FALSE(read_result(planned.place));
  CHECK(second->tell(done(5), planned.world));
  CHECK(read_result(planned.place)->result.exit_code == 5);
  CHECK_FALSE(Lease::take(planned.place, planned.world));
}

TEST_CASE("a job that is stopped from outside leaves no result", "[job]") {
  const Planned planned("sleep 60");
  std::stop_source stop;
  stop.request_stop();
  CHECK_THROWS_AS(run_step(planned.place, planned.world, stop.get_token()), Error);
  CHECK_FALSE(read_result(planned.place));
}

}  // namespace mlo::run
