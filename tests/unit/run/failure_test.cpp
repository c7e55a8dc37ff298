#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "run/attempt.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

/// One step `work` between a good step and one that waits for it.
std::string around(const std::string& command, const std::string& more = "out: [made]") {
  return "project: demo\npipeline:\n"
         "  before: {run: echo x > x, out: [x]}\n"
         "  work: {run: \"" +
         command + "\", in: [x, given], " + more +
         "}\n"
         "  after: {run: cp made copy, in: [made], out: [copy]}\n";
}

Trained run_around(const std::string& command, const std::string& more = "out: [made]") {
  Workspace place(around(command, more));
  place.write("given", "given\n");
  auto trained = place.train();
  CHECK(trained.failed_step == "work");
  CHECK(trained.run.status == "failed");
  CHECK(told(trained) == "before: ran, work: failed, after: skipped");
  // The record is true: what came before counts, the failed step left nothing that does.
  const auto runs = place.runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs.front().status == "failed");
  CHECK_FALSE(place.lock().steps.contains("work"));
  CHECK_FALSE(place.lock().outputs.contains("made"));
  CHECK(place.lock().steps.contains("before"));
  return trained;
}

}  // namespace

TEST_CASE("a step that fails is named with its exit code and the end of its log", "[failure]") {
  const auto trained = run_around("echo half > made; seq 1 30; echo oh no >&2; exit 3");
  CHECK(reason_of(trained, "work") == "exit code 3");
  CHECK(trained.run.steps[1].exit_code == 3);
  CHECK(trained.log_tail.starts_with("12\n13\n"));
  CHECK(trained.log_tail.ends_with("30\noh no"));
}

TEST_CASE("what a failed step left half-written is not kept when it is tried again", "[failure]") {
  Workspace place(around("date +%N > made; exit 3"));
  place.write("given", "1\n");
  place.train();
  const auto half = Digest::of(place.read("made"));
  CHECK(told(place.train()) == "before: cached, work: failed, after: skipped");
  auto repository = place.open();
  CHECK_FALSE(repository.store().contains(half));
  CHECK(place.heard.warned.empty());
  // What somebody else put there is.
  place.write("made", "by hand");
  place.train();
  CHECK(repository.store().contains(Digest::of("by hand")));
  CHECK(place.heard.warned.size() == 1);
}

TEST_CASE("a step that a signal ends has failed", "[failure]") {
  const auto trained = run_around("kill -9 $$");
  CHECK(reason_of(trained, "work") == "killed by signal 9");
  CHECK(trained.run.steps[1].exit_code == 137);
}

TEST_CASE("a step that does not write its output has failed", "[failure]") {
  CHECK(reason_of(run_around("true"), "work") == "it did not write its output 'made'");
}

TEST_CASE("an output of an earlier run does not stand in for one that was not written",
          "[failure]") {
  Workspace place(around("test -e quick || cp given made"));
  place.write("given", "1\n");
  place.train();
  const auto lock = place.lock();
  place.write("given", "2\n");
  place.write("quick", "");
  CHECK(reason_of(place.train(), "work") == "it did not write its output 'made'");
  CHECK(place.lock() == lock);
  // What the lock names is still there to be had.
  place.write("given", "1\n");
  CHECK(told(place.train()) == "before: cached, work: restored, after: cached");
  CHECK(place.read("made") == "1\n");
}

TEST_CASE("a step that removes its input has failed", "[failure]") {
  CHECK(reason_of(run_around("mv given made"), "work") ==
        "its input 'given' was removed while it ran");
}

TEST_CASE("a step whose input changes while it runs counts, but stands for no fingerprint",
          "[failure]") {
  Workspace place(around("cp given made; echo y >> given"));
  place.write("given", "x\n");
  const auto first = place.train();
  CHECK(told(first) == "before: ran, work: ran, after: ran");
  CHECK(place.heard.warned.size() == 1);
  CHECK_FALSE(place.lock().steps.contains("work"));
  place.write("given", "x\n");  // back to what the fingerprint was taken of
  CHECK(told(place.train()) == "before: cached, work: ran, after: cached");
}

TEST_CASE("malformed metrics fail the step with their file", "[failure]") {
  const auto trained =
      run_around("echo made > made; echo '0.5' > m.yaml", "out: [made], metrics: [m.yaml]");
  const auto reason = reason_of(trained, "work");
  CHECK(reason.find("metrics are names with numbers") == 0);
  CHECK(reason.find("m.yaml") != std::string::npos);
  CHECK(trained.run.metrics.size() == 0);
}

TEST_CASE("children that a step leaves behind end with it", "[failure]") {
  Workspace place(around("(while true; do echo x >> beat; sleep 0.02; done) & echo 1 > made"));
  place.write("given", "");
  CHECK(place.train().failed_step.empty());
  const auto beats = place.has("beat") ? place.read("beat") : "";
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK((place.has("beat") ? place.read("beat") : "") == beats);
}

TEST_CASE("ten megabytes and binary output go to the log, and its end stays readable",
          "[failure]") {
  const auto trained = run_around(
      R"(head -c 10000000 /dev/zero; echo; printf '\\033[31mred \\377\\000end\\n'; exit 1)");
  CHECK(std::filesystem::path(trained.run.steps[1].log).filename() == "work.log");
  CHECK(trained.log_tail.size() < 20'000);
  CHECK(is_utf8(trained.log_tail));
  CHECK(trained.log_tail.ends_with(R"(\x1b[31mred ?\x00end)"));
}

TEST_CASE("after a failure the next run goes on where it failed", "[failure]") {
  Workspace place(around("test -e fixed && cp given made"));
  place.write("given", "g\n");
  place.train();
  CHECK(place.train().failed_step == "work");
  place.write("fixed", "");
  const auto trained = place.train();
  CHECK(told(trained) == "before: cached, work: ran, after: ran");
  CHECK(trained.run.products.size() == 3);  // also what the failed run had made: this one counts
  CHECK(place.train().ran_nothing);
}

TEST_CASE("when a step fails, those that run beside it may finish", "[failure]") {
  Workspace place(R"(project: demo
pipeline:
  slow: {run: "touch slow.here; while ! test -e bad.here; do sleep 0.01; done; sleep 0.1; echo s > slow", out: [slow]}
  bad: {run: "while ! test -e slow.here; do sleep 0.01; done; touch bad.here; exit 1", out: [bad]}
  next: {run: "cp slow next", in: [slow], out: [next]}
)");
  const auto trained = place.train({.jobs = 2});
  CHECK(told(trained) == "slow: ran, bad: failed, next: skipped");
  CHECK(place.lock().outputs.contains("slow"));
}

TEST_CASE("a log's end is cut to lines that fit a screen", "[failure]") {
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), system_world());
  const auto log = folder.path() / "log";
  CHECK(log_tail(log).empty());
  std::ofstream(log) << "a\nb\n" << std::string(1000, 'x') << "\nlast";
  const auto tail = log_tail(log, 3);
  CHECK(tail.starts_with("b\nxxx"));
  CHECK(tail.ends_with("x [cut]\nlast"));
  CHECK(tail.size() < 600);
}

}  // namespace mlo::run
