#include "mlo/run/train.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/workspace/pipeline_lock.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

struct Demo : Workspace {
  Demo() : Workspace(kPipeline) {
    write("raw.txt", "rows\n");
    write("fit.sh", kFit);
  }
};

}  // namespace

TEST_CASE("a pipeline runs once, then nothing runs and nothing is recorded", "[train]") {
  Demo demo;
  const auto first = demo.train({.reason = "first try"});
  CHECK(told(first) == "split: ran, fit: ran, export: ran");
  CHECK(first.run.status == "finished");
  CHECK(first.failed_step.empty());
  CHECK(reason_of(first, "fit") == "never run");
  CHECK(first.run.metrics.dump() == R"({"loss":0.7})");
  CHECK(first.run.params.dump() == R"({"seed":7})");
  CHECK(demo.read("model.out") == "7 rows\n");

  const auto lock = demo.lock();
  CHECK(lock.steps.size() == 3);
  CHECK(lock.outputs.at("model.out") == Digest::of("7 rows\n"));

  const auto second = demo.train();
  CHECK(second.ran_nothing);
  CHECK(told(second) == "split: cached, fit: cached, export: cached");
  CHECK(second.run.metrics.dump() == R"({"loss":0.7})");
  CHECK_FALSE(second.previous);  // no model of it could lack its version
  CHECK(demo.read("ran") == "split\nfit\nexport\n");
  CHECK(demo.runs().size() == 1);
  CHECK(demo.lock() == lock);
}

TEST_CASE("where nothing is to do, the newest run that finished is told for its model", "[train]") {
  Demo demo;
  demo.write("mlo.yaml", kPipeline + "models: {m: {path: model.out}}\n");
  const auto first = demo.train();
  const auto failing = demo.read("fit.sh");
  demo.write("fit.sh", "exit 1\n");
  CHECK(demo.train().failed_step == "fit");
  demo.write("fit.sh", failing);
  demo.train();  // restores what the failed step took away
  const auto newest = demo.runs().front().id;
  const auto again = demo.train();
  CHECK(again.ran_nothing);
  REQUIRE(again.previous);
  CHECK(again.previous->id == newest);
}

TEST_CASE("the ledger tells what a run was made from and what it made", "[train]") {
  Demo demo;
  const auto made = demo.train({.reason = "why"}).run;
  const auto runs = demo.runs();
  REQUIRE(runs.size() == 1);
  const auto& record = runs.front();
  CHECK(record.id == made.id);
  CHECK(record.origin.reason == "why");
  CHECK(record.origin.actor == "ana");
  CHECK(record.trigger == "user");
  CHECK(record.environment["host"].is_string());
  REQUIRE(record.materials.size() == 2);
  CHECK(record.materials[0].path == "fit.sh");
  CHECK(record.materials[1].path == "raw.txt");
  CHECK(record.materials[1].digest == Digest::of("rows\n"));
  REQUIRE(record.products.size() == 4);
  CHECK(record.products[1].path == "model");
  CHECK(record.products[1].digest == Digest::of("7 rows\n"));
  REQUIRE(record.steps.size() == 3);
  CHECK(read_file(demo.root() / ".mlo" / record.steps[1].log).empty());
  // Code outside git is kept with the run.
  auto repository = demo.open();
  CHECK(find_run(repository, made.name)->id == made.id);
  CHECK(find_run(repository, made.id.substr(0, 12))->id == made.id);
  CHECK_FALSE(find_run(repository, "nobody"));
  CHECK(repository.store().read(record.materials[0].digest) == kFit);
}

TEST_CASE("only what a change reaches runs again", "[train]") {
  Demo demo;
  demo.train();
  SECTION("code") {
    demo.write("fit.sh", kFit + "# a comment\n");
    const auto trained = demo.train();
    // The model came out the same, so what follows it is up to date.
    CHECK(told(trained) == "split: cached, fit: ran, export: cached");
    CHECK(reason_of(trained, "fit") == "input 'fit.sh' changed");
  }
  SECTION("data") {
    demo.write("raw.txt", "more rows\n");
    const auto trained = demo.train();
    CHECK(told(trained) == "split: ran, fit: ran, export: ran");
    CHECK(reason_of(trained, "split") == "input 'raw.txt' changed");
    CHECK(reason_of(trained, "fit") == "input 'train.txt' changed");
  }
  SECTION("touched only") {
    demo.write("raw.txt", "rows\n");
    CHECK(demo.train().ran_nothing);
  }
  SECTION("param") {
    const auto trained = demo.train({.params = {{"seed", "8"}}});
    CHECK(told(trained) == "split: cached, fit: ran, export: ran");
    CHECK(reason_of(trained, "fit") == "param 'seed' changed from 7 to 8");
    CHECK(trained.run.params.dump() == R"({"seed":8})");
  }
  SECTION("force") {
    const auto trained = demo.train({.steps = {"split"}, .force = true});
    CHECK(told(trained) == "split: ran");
    CHECK(reason_of(trained, "split") == "forced");
  }
}

TEST_CASE("a param that is put back restores its outputs without computing", "[train]") {
  Demo demo;
  demo.train();
  demo.train({.params = {{"seed", "8"}}});
  CHECK(demo.read("model") == "8 rows\n");
  const auto ran = demo.read("ran");
  const auto back = demo.train();
  CHECK(told(back) == "split: cached, fit: restored, export: restored");
  CHECK(reason_of(back, "fit") == "param 'seed' changed from 8 to 7");
  CHECK(back.run.metrics.dump() == R"({"loss":0.7})");
  CHECK(demo.read("model.out") == "7 rows\n");
  CHECK(demo.read("ran") == ran);
  // The workspace holds other content than before, so the ledger says so.
  CHECK(demo.runs().size() == 3);
  CHECK(demo.train().ran_nothing);
}

TEST_CASE("outputs that are gone or were changed by hand are put back", "[train]") {
  Demo demo;
  demo.train();
  demo.remove("model");
  demo.write("model.out", "by hand\n");
  const auto trained = demo.train();
  CHECK(told(trained) == "split: cached, fit: restored, export: restored");
  CHECK(reason_of(trained, "fit") == "output 'model' is missing");
  CHECK(reason_of(trained, "export") == "output 'model.out' changed");
  CHECK(demo.read("model.out") == "7 rows\n");
  // What somebody wrote there by hand is not lost.
  auto repository = demo.open();
  CHECK(repository.store().read(Digest::of("by hand\n")) == "by hand\n");
  CHECK(demo.heard.warned.size() == 1);
}

TEST_CASE("a dry run says what would happen and touches nothing", "[train]") {
  Demo demo;
  const auto planned = demo.train({.dry_run = true});
  CHECK(told(planned) == "split: run, fit: run, export: run");
  CHECK(reason_of(planned, "fit") == "step 'split' runs before it");
  CHECK_FALSE(demo.has("train.txt"));
  CHECK_FALSE(demo.has("mlo.lock"));
  demo.train();
  demo.train({.params = {{"seed", "8"}}});
  CHECK(told(demo.train({.dry_run = true})) == "split: cached, fit: restore, export: restore");
  CHECK(demo.read("model") == "8 rows\n");
  CHECK(demo.runs().size() == 2);
}

TEST_CASE("a step sees its own params, as variables and as a file", "[train]") {
  Workspace place(R"(project: demo
params: {seed: 7, secret: 1, model: {depth: 3}}
pipeline:
  show: {run: "env | grep ^MLO_PARAM_ | sort > seen; cat $MLO_PARAMS_FILE >> seen; echo $MLO_STEP >> seen; test -n $MLO_RUN_ID", out: [seen], params: [seed, model]}
)");
  place.train();
  const auto seen = place.read("seen");
  CHECK(seen.find("MLO_PARAM_MODEL={\"depth\":3}\n") == 0);
  CHECK(seen.find("MLO_PARAM_SEED=7\n") != std::string::npos);
  CHECK(seen.find("\"depth\": 3") != std::string::npos);
  CHECK(seen.find("secret") == std::string::npos);
  CHECK(seen.find("SECRET") == std::string::npos);
  CHECK(seen.ends_with("show\n"));
}

TEST_CASE("folders are outputs like files", "[train]") {
  Workspace place(R"(project: demo
params: {n: 1}
pipeline:
  make: {run: "mkdir -p out/deep; echo $MLO_PARAM_N > out/deep/n; echo x > out/x$MLO_PARAM_N", out: [out], params: [n]}
  use: {run: "cat out/deep/n > n", in: [out/deep], out: [n]}
)");
  place.train();
  place.train({.params = {{"n", "2"}}});
  CHECK(place.has("out/x2"));
  CHECK_FALSE(place.has("out/x1"));  // a step begins without what an earlier one left
  const auto back = place.train();
  CHECK(told(back) == "make: restored, use: restored");
  CHECK(place.read("n") == "1\n");
  CHECK(place.has("out/x1"));
  CHECK_FALSE(place.has("out/x2"));
  CHECK(place.lock().outputs.contains("out/"));
}

TEST_CASE("steps that do not wait for each other run side by side", "[train]") {
  // Each waits until the other has begun: one after the other they would never end.
  Workspace place(R"(project: demo
pipeline:
  one: {run: "touch one.here; while ! test -e two.here; do sleep 0.01; done; echo 1 > one", out: [one]}
  two: {run: "touch two.here; while ! test -e one.here; do sleep 0.01; done; echo 2 > two", out: [two]}
  sum: {run: "cat one two > sum", in: [one, two], out: [sum]}
)");
  const auto trained = place.train({.jobs = 2});
  CHECK(told(trained) == "one: ran, two: ran, sum: ran");
  CHECK(place.read("sum") == "1\n2\n");
}

TEST_CASE("two steps may report a metric of one name", "[train]") {
  Workspace place(R"(project: demo
pipeline:
  a: {run: "echo '{\"loss\": 1, \"only\": 5}' > a.json", metrics: [a.json]}
  b: {run: "echo '{\"loss\": 2}' > b.json", metrics: [b.json]}
)");
  CHECK(place.train().run.metrics.dump() == R"({"a.loss":1,"only":5,"b.loss":2})");
}

TEST_CASE("a step that mlo.yaml no longer has leaves the lock", "[train]") {
  Demo demo;
  demo.train();
  auto shorter = kPipeline;
  shorter.erase(shorter.find("  export"));
  demo.write("mlo.yaml", shorter);
  CHECK(demo.train().ran_nothing);
  CHECK_FALSE(demo.lock().steps.contains("export"));
  CHECK_FALSE(demo.lock().outputs.contains("model.out"));
}

TEST_CASE("mistakes are refused before anything runs", "[train]") {
  Demo demo;
  const auto kind_of = [&](const TrainOptions& options) {
    try {
      demo.train(options);
    } catch (const Error& error) {
      return error.kind();
    }
    FAIL("no error");
    return ErrorKind::usage;
  };
  CHECK(kind_of({.steps = {"fti"}}) == ErrorKind::not_found);
  CHECK(kind_of({.params = {{"sed", "1"}}}) == ErrorKind::usage);
  CHECK(kind_of({.executor = "slurmy"}) == ErrorKind::bad_input);
  demo.remove("raw.txt");
  CHECK(kind_of({}) == ErrorKind::not_found);
  CHECK(kind_of({.dry_run = true}) == ErrorKind::not_found);
  demo.write("mlo.yaml", "project: demo\n");
  CHECK(kind_of({}) == ErrorKind::not_found);
  CHECK_FALSE(demo.has("ran"));
  CHECK(demo.runs().empty());
}

TEST_CASE("a param that no step uses is told", "[train]") {
  Demo demo;
  demo.train({.params = {{"unused", "2"}}});
  CHECK(demo.heard.warned == std::vector<std::string>{"no step of this run uses param 'unused'"});
}

TEST_CASE("one pipeline at a time runs in a workspace", "[train]") {
  Demo demo;
  const auto other = workspace::lock_pipeline(demo.open(), no_progress());
  try {
    demo.train();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::conflict);
    CHECK(error.message().find(std::to_string(::getpid())) != std::string::npos);
  }
  CHECK(told(demo.train({.dry_run = true})) == "split: run, fit: run, export: run");
}

}  // namespace mlo::run
