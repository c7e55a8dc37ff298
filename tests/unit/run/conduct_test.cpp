#include <chrono>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

std::string message_of(Workspace& place, const TrainOptions& options = {}) {
  try {
    place.train(options);
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a step sees its variables, its folder and its shell", "[conduct]") {
  Workspace place(R"(project: demo
pipeline:
  one:
    run: echo "$GREETING $PWD" > out.txt; [ -n "$BASH_VERSION" ] && echo bash >> out.txt
    env: {GREETING: hello}
    shell: /bin/bash -eu
    cwd: sub
    out: [sub/out.txt]
)");
  place.write("sub/here", "");
  CHECK(told(place.train()) == "one: ran");
  CHECK(place.read("sub/out.txt") == "hello " + (place.root() / "sub").string() + "\nbash\n");
  CHECK(told(place.train()) == "one: cached");
  auto text = place.read("mlo.yaml");
  place.write("mlo.yaml", text.replace(text.find("hello"), 5, "salut"));
  CHECK(reason_of(place.train({.dry_run = true}), "one") == "variable 'GREETING' changed");
}

TEST_CASE("a step that takes too long is stopped and failed", "[conduct]") {
  Workspace place("pipeline:\n  slow: {run: sleep 60, timeout: 1s}\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto trained = place.train();
  CHECK(trained.failed_step == "slow");
  CHECK(reason_of(trained, "slow") == "timed out after 1 s");
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(8));
}

TEST_CASE("a step is tried again as often as it asks", "[conduct]") {
  Workspace place(R"(pipeline:
  flaky: {run: "echo x >> tries; [ $(wc -l < tries) -ge 3 ] && echo done > out", out: [out], retry: 2}
)");
  CHECK(place.train().failed_step.empty());
  CHECK(place.read("tries") == "x\nx\nx\n");
  REQUIRE(place.heard.warned.size() == 2);
  CHECK(place.heard.warned.back() == "step 'flaky' failed (exit code 1): attempt 3 of 3 begins");
}

TEST_CASE("a frozen step is never run and what is there counts", "[conduct]") {
  Workspace place(R"(pipeline:
  make: {run: "cp raw made", in: [raw], out: [made], frozen: true}
  use:  {run: "cp made used", in: [made], out: [used]}
)");
  place.write("raw", "new");
  CHECK(message_of(place) == "no error");
  CHECK(place.train().failed_step == "make");
  place.write("made", "by hand");
  CHECK(told(place.train()) == "make: cached, use: ran");
  CHECK(place.read("used") == "by hand");
}

TEST_CASE("a step that always runs does, and what follows only when its output differs",
          "[conduct]") {
  Workspace place(R"(pipeline:
  fetch: {run: "echo same > got", out: [got], always: true}
  use:   {run: "cp got used", in: [got], out: [used]}
)");
  CHECK(told(place.train()) == "fetch: ran, use: ran");
  CHECK(told(place.train()) == "fetch: ran, use: cached");
}

TEST_CASE("keep-going runs what does not need the step that failed", "[conduct]") {
  const std::string pipeline = R"(pipeline:
  bad:   {run: "exit 3", out: [b]}
  after: {run: "cp b c", in: [b], out: [c]}
  good:  {run: "echo 1 > d", out: [d]}
)";
  Workspace stops(pipeline);
  CHECK(told(stops.train()) == "bad: failed, after: skipped, good: skipped");
  Workspace goes(pipeline);
  const auto trained = goes.train({.keep_going = true});
  CHECK(told(trained) == "bad: failed, after: skipped, good: ran");
  CHECK(trained.failed_step == "bad");
}

TEST_CASE("without the cache a known output is computed, not restored", "[conduct]") {
  Workspace place(
      "params: {a: 1}\npipeline:\n  one: {run: \"echo x >> ran; echo $MLO_PARAM_A > o\""
      ", out: [o], params: [a]}\n");
  place.train();
  place.train({.params = {{"a", "2"}}});
  CHECK(told(place.train({.no_cache = true})) == "one: ran");
  CHECK(told(place.train({.params = {{"a", "2"}}})) == "one: restored");
  CHECK(place.read("ran") == "x\nx\nx\n");
}

TEST_CASE("params fill commands and paths, from the command line too", "[conduct]") {
  Workspace place(R"(params: {name: small, tree: {depth: 3}}
pipeline:
  fit: {run: "echo ${tree.depth} $HOME_LESS${nothing} > models/${name}.txt", out: ["models/${name}.txt"]}
)");
  place.train();
  CHECK(place.read("models/small.txt") == "3\n");
  place.train({.params = {{"tree.depth", "4"}, {"name", "big"}}});
  CHECK(place.read("models/big.txt") == "4\n");
  CHECK(place.heard.warned.empty());  // both are used
  CHECK(place.runs().front().params.canonical() == R"({"name":"big","tree.depth":4})");
}

TEST_CASE("a matrix makes a step of each combination, and one name means them all", "[conduct]") {
  Workspace place(R"(pipeline:
  fit:
    matrix: {rate: [0.1, 0.01], kind: [a, b]}
    run: echo ${item.rate} ${item.kind} > fit-${item.rate}-${item.kind}
    out: ["fit-${item.rate}-${item.kind}"]
  each: {foreach: [x, y], run: "echo ${item} > ${item}.txt", out: ["${item}.txt"]}
)");
  const auto trained = place.train({.steps = {"fit"}});
  CHECK(told(trained) == "fit@0.1-a: ran, fit@0.1-b: ran, fit@0.01-a: ran, fit@0.01-b: ran");
  CHECK(place.read("fit-0.01-b") == "0.01 b\n");
  CHECK(told(place.train({.steps = {"each@y"}})) == "each@y: ran");
}

TEST_CASE("steps and params come from other files too, with their places", "[conduct]") {
  Workspace place("project: demo\n");
  place.write(
      "steps/a.yaml",
      "params: {a: 2, b: 3}\npipeline:\n  one: {run: \"echo ${a}${b}${c} > o\", out: [o]}\n");
  place.write("more.json", R"({"b": 9, "c": 4})");
  place.write("mlo.yaml", "include: [steps/a.yaml]\nparams: {a: 1}\nparams_from: [more.json]\n");
  place.train();
  CHECK(place.read("o") == "134\n");
  place.write("steps/a.yaml", "pipeline:\n  one: {run: \"echo > o\", in: [nowhere]}\n");
  CHECK(message_of(place) ==
        "input 'nowhere' of step 'one' (steps/a.yaml:2) is not there, and no step makes it");
  place.write("mlo.yaml", "include: gone.yaml\n");
  CHECK(message_of(place) == "mlo.yaml:1:10: no file 'gone.yaml'");
}

TEST_CASE("params.yaml is read where nothing else is said", "[conduct]") {
  Workspace place("params: {a: 1}\npipeline:\n  one: {run: \"echo ${a}${b} > o\", out: [o]}\n");
  place.write("params.yaml", "a: 5\nb: 6\n");
  place.train();
  CHECK(place.read("o") == "16\n");
}

TEST_CASE("mistakes in a step name the place", "[conduct]") {
  const auto problem = [](const std::string& step) {
    try {
      workspace::parse_project("params: {depth: 1}\npipeline:\n  s: {" + step + "}\n", "mlo.yaml");
    } catch (const Error& error) {
      return error.message();
    }
    return std::string("no error");
  };
  CHECK(problem("run: x, retry: -1") == "mlo.yaml:3:22: retry is a number from 0 to 100");
  CHECK(problem("run: x, timeout: 0s") == "mlo.yaml:3:24: a timeout is a second or more");
  CHECK(problem("run: x, env: {1A: b}") == "mlo.yaml:3:21: '1A' is no name for a variable");
  CHECK(problem("run: x, out: [\"${dept}\"]") == "'${dept}' names no param");
  CHECK(problem("run: \"echo ${item.rat}\", matrix: {rate: [1]}") ==
        "'${item.rat}' names no param");
  CHECK(problem("run: \"echo $${item.rat}\", matrix: {rate: [1]}") == "no error");
  CHECK(problem("run: x, matrix: {a: [1]}, foreach: [1]") ==
        "mlo.yaml:3:42: step 's' has both 'matrix' and 'foreach'");
  CHECK(problem("run: x, foreach: [1, 1]") ==
        "mlo.yaml:3:6: two copies of step 's' are named 's@1'");
}

}  // namespace mlo::run
