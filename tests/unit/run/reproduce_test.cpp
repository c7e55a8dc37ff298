#include "mlo/run/reproduce.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

using Verdict = Reproduction::Verdict;

struct Demo : Workspace {
  explicit Demo(const std::string& project = kPipeline) : Workspace(project) {
    write("raw.txt", "rows\n");
    write("fit.sh", kFit);
  }
  Reproduction again(const std::string& run, double tolerance = 0) {
    auto repository = open();
    auto reproduction =
        reproduce(repository, {.run = run, .tolerance = tolerance}, heard, std::stop_token());
    if (!reproduction.kept.empty()) std::filesystem::remove_all(reproduction.kept);
    return reproduction;
  }
  void git(const std::string& words) const {
    const auto done = run_process(
        {.argv = {"/bin/sh", "-c",
                  "git -c user.name=ana -c user.email=ana@example.org -c commit.gpgsign=false " +
                      words},
         .folder = root(),
         .environment = {{"GIT_CONFIG_GLOBAL", "/dev/null"}, {"GIT_CONFIG_SYSTEM", "/dev/null"}}});
    INFO(done.output);
    REQUIRE(done.exit_code == 0);
  }
};

}  // namespace

TEST_CASE("a run comes out the same although everything has changed since", "[reproduce]") {
  Demo demo;
  const auto run = demo.train({.params = {{"seed", "9"}}}).run;
  demo.write("raw.txt", "other\n");
  demo.write("fit.sh", "exit 1\n");
  demo.write("mlo.yaml", "project: demo\npipeline:\n  x: {run: \"true\"}\n");
  const auto lock = demo.lock();
  const auto reproduction = demo.again(run.id);
  CHECK(reproduction.verdict == Verdict::bytes);
  CHECK(reproduction.reproduced());
  CHECK(reproduction.outputs.size() == 4);
  REQUIRE(reproduction.metrics.size() == 1);
  CHECK(reproduction.metrics.front().now.as_number() == 0.9);
  // Neither the workspace nor its record has moved.
  CHECK(demo.read("model") == "9 rows\n");
  CHECK(demo.lock() == lock);
  CHECK(demo.runs().size() == 1);
}

TEST_CASE("an output that git has is none that nobody recorded", "[reproduce]") {
  Demo demo;
  demo.git("init -q . && git add raw.txt fit.sh mlo.yaml");
  demo.train();
  demo.git("add -f model metrics.json");
  demo.git("commit -qm all");
  demo.write("raw.txt", "other\n");
  demo.git("add raw.txt");
  demo.git("commit -qm other");
  const auto run = demo.train().run;
  demo.heard.warned.clear();
  CHECK(demo.again(run.id).verdict == Verdict::bytes);
  CHECK(demo.heard.warned.empty());
}

TEST_CASE("outputs may differ where metrics do not, within the tolerance", "[reproduce]") {
  const auto fit = [](const std::string& loss) {
    return "project: demo\npipeline:\n  fit: {run: \"date +%N > model; echo '{\\\"loss\\\": " +
           loss + "}' > m.json\", out: [model], metrics: [m.json]}\n";
  };
  Demo steady(fit("0.25"));
  auto reproduction = steady.again(steady.train().run.id);
  CHECK(reproduction.verdict == Verdict::metrics);
  REQUIRE_FALSE(reproduction.causes.empty());
  CHECK(reproduction.causes.front().kind == "seed");

  Demo random(fit("0.1'$(date +%N)'"));
  const auto run = random.train().run;
  CHECK(random.again(run.id).verdict == Verdict::different);
  CHECK(random.again(run.id, 0.9).verdict == Verdict::metrics);
}

TEST_CASE("the code is that of the run's commit, with what was not committed", "[reproduce]") {
  Demo demo("project: demo\npipeline:\n  fit: {run: \"sh fit.sh\", in: [raw.txt], out: [model]}\n");
  demo.write("fit.sh", "cat raw.txt part.txt > model\n");  // read, though not declared
  demo.write("part.txt", "one\n");
  demo.git("init -q .");
  demo.git("add -A");
  demo.git("commit -q -m first");
  demo.write("part.txt", "two\n");
  const auto run = demo.train().run;
  CHECK(demo.read("model") == "rows\ntwo\n");
  demo.git("commit -q -a -m second");
  demo.write("part.txt", "three\n");
  demo.write("raw.txt", "other\n");
  const auto reproduction = demo.again(run.name);
  CHECK(reproduction.verdict == Verdict::bytes);
  CHECK(reproduction.causes.empty());
  CHECK(demo.read("part.txt") == "three\n");
  demo.git("worktree list | wc -l | grep -q '^1$'");
}

TEST_CASE("a step that fails this time, and an input that is gone, are said", "[reproduce]") {
  Demo demo;
  demo.write("flag", "");
  demo.write("mlo.yaml", "project: demo\npipeline:\n  fit: {run: \"test -e " +
                             (demo.root() / "flag").string() +
                             " && cp raw.txt model\", in: [raw.txt], out: [model]}\n");
  const auto run = demo.train().run;
  demo.remove("flag");
  const auto reproduction = demo.again(run.id);
  CHECK(reproduction.verdict == Verdict::failed);
  CHECK(reproduction.failed_step == "fit");
  CHECK_THROWS_AS(demo.again("nosuch"), Error);
}

}  // namespace mlo::run
