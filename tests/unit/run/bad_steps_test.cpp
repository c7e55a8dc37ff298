#include <algorithm>
#include <cstdlib>
#include <optional>
#include <thread>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/run/recording.h"
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/references.h"
#include "mlo/workspace/track.h"
#include "mlo/workspace/versions.h"
#include "unit/run/workspace_fixture.h"

// What a step may do wrong, beside failure_test.cpp: each has a clear answer and a true record.

namespace mlo::run {
namespace {

std::string problem_of(Workspace& place, const TrainOptions& options = {}) {
  try {
    place.train(options);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

/// A workspace whose only step does this.
struct OneStep : Workspace {
  explicit OneStep(const std::string& step)
      : Workspace("project: demo\nparams: {used: 1, idle: 2}\npipeline:\n  one: {" + step + "}\n") {
  }
  void replace(const std::string& text, const std::string& by) const {
    auto project = read("mlo.yaml");
    write("mlo.yaml", project.replace(project.find(text), text.size(), by));
  }
};

}  // namespace

TEST_CASE("an output outside of the workspace is refused before anything runs", "[bad-steps]") {
  CHECK_THROWS_WITH(OneStep("run: \"echo x > ../x\", out: [../x]"),
                    Catch::Contains("mlo.yaml:4:37: path '../x' leads out of the workspace"));
}

TEST_CASE("what a step writes outside of the workspace is not taken for its output",
          "[bad-steps]") {
  OneStep link("run: \"echo secret > ../outside; ln -s ../outside made\", out: [made]");
  const auto trained = link.train();
  // A link's target is the content of an output; what lies outside stays there.
  INFO(reason_of(trained, "one"));
  CHECK(trained.failed_step == "one");
  CHECK_FALSE(link.lock().outputs.contains("made"));
  CHECK(link.read("../outside") == "secret\n");
}

TEST_CASE("a metric that turns into text is left out, and said so", "[bad-steps]") {
  OneStep one("run: \"echo '{\\\"loss\\\": 1}' > m.json\", metrics: [m.json]");
  CHECK(one.train().failed_step.empty());
  one.replace("1}'", "\\\"low\\\"}'");
  const auto trained = one.train();
  CHECK(trained.failed_step.empty());
  CHECK(one.heard.warned ==
        std::vector<std::string>{"step 'one': no number, so no metric: 'loss' in 'm.json'"});
  CHECK(one.runs().front().metrics.size() == 0);
  CHECK(one.runs().back().metrics.canonical() == R"({"loss":1})");
}

TEST_CASE("a loss that became NaN is left out, and the step counts", "[bad-steps]") {
  OneStep one("run: \"echo '{\\\"loss\\\": NaN, \\\"auc\\\": 0.5}' > m.json\", metrics: [m.json]");
  const auto trained = one.train();
  CHECK(trained.failed_step.empty());
  CHECK(trained.run.metrics.canonical() == R"({"auc":0.5})");
  CHECK(one.heard.warned ==
        std::vector<std::string>{"step 'one': no number, so no metric: 'loss' in 'm.json'"});
}

TEST_CASE("numbers that no double holds are recorded, and the step knows them whole",
          "[bad-steps]") {
  Workspace place(
      "project: demo\nparams: {seed: 9007199254740993}\npipeline:\n  one: {run: \"echo "
      "$MLO_PARAM_SEED "
      "> seed; echo '{\\\"rows\\\": 9007199254740993}' > m.json\", out: [seed], metrics: [m.json], "
      "params: [seed]}\n");
  CHECK(place.train().failed_step.empty());
  CHECK(place.read("seed") == "9007199254740993\n");
  const auto run = place.runs().front();
  CHECK(run.params.canonical() == R"({"seed":"9007199254740993"})");
  CHECK(run.metrics.canonical() == R"({"rows":9007199254740992})");
  CHECK(place.train().ran_nothing);
}

TEST_CASE("a step does not get the keys and tokens of who trains", "[bad-steps]") {
  ::setenv("MLO_SERVER_TOKEN", "secret", 1);
  ::setenv("MLO_KEY_PASSPHRASE", "secret", 1);
  OneStep one("run: \"printf x$MLO_SERVER_TOKEN$MLO_KEY_PASSPHRASE > seen\", out: [seen]");
  one.train();
  ::unsetenv("MLO_SERVER_TOKEN");
  ::unsetenv("MLO_KEY_PASSPHRASE");
  CHECK(one.read("seen") == "x");
}

TEST_CASE("a metrics file that is no JSON, or cut short, fails the step with its place",
          "[bad-steps]") {
  for (const auto* text : {"{", "nan", "[1, 2]", "{\\\"a\\\": 1, \\\"a\\\": 2}"}) {
    INFO(text);
    OneStep one(std::string("run: \"echo '") + text + "' > m.json\", metrics: [m.json]");
    const auto trained = one.train();
    CHECK(trained.failed_step == "one");
    CHECK(reason_of(trained, "one").find("m.json") != std::string::npos);
  }
}

TEST_CASE("a step logged twice keeps both points; the later one is the metric", "[bad-steps]") {
  OneStep one(
      "run: \"for v in 1 2; do echo "
      "'{\\\"kind\\\":\\\"metric\\\",\\\"name\\\":\\\"loss\\\",\\\"value\\\":'$v',"
      "\\\"step\\\":3,\\\"at\\\":'$((9 - v))'}' >> $MLO_RECORD_FILE; done\"");
  const auto run = one.train().run;
  CHECK(run.metrics.canonical() == R"({"loss":2})");
  REQUIRE(run.steps.front().outputs.size() == 1);
  auto repository = one.open();
  const auto points = read_points(
      repository.store().read(run.steps.front().outputs.front().digest, 1U << 20U), "r");
  REQUIRE(points.size() == 2);
  // The clock went back between them: what was told last still counts.
  CHECK(points[0].at.microseconds > points[1].at.microseconds);
}

TEST_CASE("a clock that jumps back is said, and what was computed stays", "[bad-steps]") {
  OneStep one("run: \"echo x >> ran; echo ${used} > o\", out: [o]");
  one.train();
  const auto real = one.world.now;
  one.world.now = [real] { return Timestamp{real().microseconds - 3'600'000'000}; };
  CHECK(one.train().ran_nothing);  // nothing to record
  CHECK(problem_of(one, {.params = {{"used", "5"}}}).starts_with("the clock says "));
  one.world.now = real;
  CHECK(told(one.train({.params = {{"used", "5"}}})) == "one: cached");
  CHECK(one.read("ran") == "x\nx\n");
  const auto runs = one.runs();
  REQUIRE(runs.size() == 3);
  CHECK(runs[0].status == "finished");
  CHECK(runs[1].status == "interrupted");  // it could not be recorded when it ended
  auto repository = one.open();
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("an interpreter or a shell that is not there is named", "[bad-steps]") {
  OneStep one("run: no-such-python train.py, retry: 0");
  const auto trained = one.train();
  CHECK(reason_of(trained, "one") == "exit code 127");
  CHECK(trained.log_tail.find("no-such-python") != std::string::npos);
  OneStep shell("run: x, shell: /no/such/shell, retry: 5");
  CHECK(reason_of(shell.train(), "one").find("/no/such/shell") != std::string::npos);
  CHECK(shell.heard.warned.empty());  // what cannot start is not tried again
}

TEST_CASE("what is tracked while a step runs is recorded at once, and stays", "[bad-steps]") {
  OneStep one("run: \"touch here; while ! test -e go; do sleep 0.01; done; echo x > o\", out: [o]");
  one.write("other.txt", "other\n");
  Trained trained;
  std::jthread training([&] { trained = one.train(); });
  while (!one.has("here")) std::this_thread::yield();
  {
    auto repository = one.open();
    workspace::track(repository, {.paths = {RepoPath::parse("other.txt")}}, no_progress(), {});
    workspace::add_tag(repository, workspace::dataset(repository, {"other.txt", one.root()}),
                       "kept", "");
    CHECK(one.lock().data.contains("other.txt"));
    // A checkout changes files that a step may be reading.
    CHECK_THROWS_WITH(workspace::lock_pipeline(repository, no_progress(), 0),
                      Catch::Contains("is at work"));
  }
  one.write("go", "");
  training.join();
  CHECK(told(trained) == "one: ran");
  CHECK(one.lock().data.contains("other.txt"));
  CHECK(one.lock().outputs.contains("o"));
}

TEST_CASE("a training waits for who records something, and says for whom", "[bad-steps]") {
  OneStep one("run: \"echo x > o\", out: [o]");
  std::optional<FileLock> recording = one.open().lock();
  std::jthread training([&] { CHECK(told(one.train()) == "one: ran"); });
  while (!one.has("o")) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(800));
  CHECK_FALSE(one.lock().outputs.contains("o"));
  recording.reset();
  training.join();
  CHECK(one.lock().outputs.contains("o"));
  CHECK(std::ranges::any_of(one.heard.said, [](const std::string& line) {
    return line.starts_with("waiting for process ");
  }));
}

TEST_CASE("a log without end keeps its beginning and its end, while its step runs", "[bad-steps]") {
  // Half a megabyte, four times; the last look at its size is the step's own.
  OneStep one(
      "run: \"for i in 1 2 3 4; do seq 1 80000; sleep 0.3; done; "
      "test $(wc -c < .mlo/logs/$MLO_RUN_ID/one.log) -lt 600000; echo the end\"");
  one.write(".mlo/config.yaml", "run.log_limit: 200 kB\n");
  const auto trained = one.train();
  CHECK(trained.failed_step.empty());
  const auto log = one.read(fmt::format(".mlo/logs/{}/one.log", trained.run.id));
  CHECK(log.size() <= 200'000);
  CHECK(log.starts_with("1\n2\n3\n"));
  CHECK(log.ends_with("\n80000\nthe end\n"));
  const auto note = log.find("\nmlo: 1.");
  REQUIRE(note != std::string::npos);
  CHECK(log.find(" MB are left out here: a log holds at most 200 kB (run.log_limit)\n") !=
        std::string::npos);
  CHECK(log.find("mlo:", note + 6) == std::string::npos);
  one.write(".mlo/config.yaml", "run.log_limit: much\n");
  CHECK(problem_of(one, {.force = true}) ==
        "setting run.log_limit, set by repository: 'much' is no size");
}

TEST_CASE("a folder to run in that is not there is named", "[bad-steps]") {
  OneStep one("run: pwd, cwd: nope");
  const auto place = (one.root() / "nope").string();
  CHECK(reason_of(one.train(), "one").find(place + "' to start '/bin/sh' in") != std::string::npos);
}

TEST_CASE("a param with a slip in its name is warned of, a variable of the shell is not",
          "[bad-steps]") {
  OneStep one("run: \"echo ${usde} ${used} > o; idl=1; echo ${idl} ${HOME}\", out: [o]");
  one.train();
  REQUIRE(one.heard.warned.size() == 1);
  CHECK(one.heard.warned.front() ==
        "mlo.yaml:4: no param is called 'usde', so the shell fills in '${usde}': did you mean "
        "'${used}'?");
}

TEST_CASE("two trains at once in one workspace: the second says who is at work", "[bad-steps]") {
  OneStep one(
      "run: \"touch here; while ! test -e go; do sleep 0.01; done; echo x >> o\", out: [o]");
  std::string second;
  std::string waited;
  Trained first;
  std::jthread training([&] { first = one.train(); });
  while (!one.has("here")) std::this_thread::yield();
  {
    auto repository = one.open();
    Heard heard;
    try {
      run::train(repository, {}, heard, {});
    } catch (const Error& error) {
      second = error.message();
      CHECK(error.kind() == ErrorKind::conflict);
      for (const auto& line : heard.said) waited = line;
    }
  }
  one.write("go", "");
  training.join();
  CHECK(second.starts_with("another mlo (process "));
  CHECK(waited.starts_with(fmt::format("waiting for process {} (unit_run", ::getpid())));
  CHECK(told(first) == "one: ran");
  CHECK(one.read("o") == "x\n");
  CHECK(one.runs().size() == 1);
}

}  // namespace mlo::run
