#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "unit/run/workspace_fixture.h"

namespace mlo::run {
namespace {

/// A workspace in which nothing was to do when it was last looked at, and that is known.
struct Still : Workspace {
  explicit Still(const std::string& project = kPipeline) : Workspace(project) {
    write("raw.txt", "rows\n");
    write("fit.sh", kFit);
    train();
    settle();
  }
  /// Past the clock's grain: what the steps wrote is older than the sighting.
  void settle() {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    remember_standstill(train());
  }
  std::optional<Trained> recall(const TrainOptions& options = {}) const {
    auto repository = open();
    return recall_standstill(repository, options);
  }
};

}  // namespace

TEST_CASE("that nothing is to do is known without reading the pipeline", "[train][standstill]") {
  Still still;
  const auto known = still.recall();
  REQUIRE(known);
  CHECK(known->ran_nothing);
  const auto looked = still.train();
  CHECK(told(*known) == told(looked));
  CHECK(known->run.metrics == looked.run.metrics);
  CHECK(known->run.status == looked.run.status);
}

TEST_CASE("whatever a step depends on makes it look again", "[train][standstill]") {
  Still still;
  REQUIRE(still.recall());
  SECTION("an input") {
    still.write("raw.txt", "more\n");
  }
  SECTION("an output") {
    still.write("model", "by hand\n");
  }
  SECTION("an output that is gone") {
    still.remove("model.out");
  }
  SECTION("mlo.yaml") {
    still.write("mlo.yaml", kPipeline + "# as it was\n");
  }
  SECTION("params that were not there") {
    still.write("params.yaml", "seed: 8\n");
  }
  SECTION("mlo.lock") {
    still.remove("mlo.lock");
  }
  CHECK_FALSE(still.recall());
}

TEST_CASE("only the plain call is answered so", "[train][standstill]") {
  Still still;
  REQUIRE(still.recall());
  CHECK_FALSE(still.recall({.steps = {"fit"}}));
  CHECK_FALSE(still.recall({.params = {{"seed", "7"}}}));
  CHECK_FALSE(still.recall({.dry_run = true}));
  CHECK_FALSE(still.recall({.force = true}));
}

TEST_CASE("a file that a pipeline includes counts as mlo.yaml does", "[train][standstill]") {
  Workspace work("project: demo\n");
  work.write("mlo.yaml", "project: demo\ninclude: part.yaml\n");
  work.write("part.yaml", "pipeline: {one: {run: echo 1 > one, out: [one]}}\n");
  work.train();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  remember_standstill(work.train());
  auto repository = work.open();
  REQUIRE(recall_standstill(repository, {}));
  work.write("part.yaml", "pipeline: {one: {run: echo 2 > one, out: [one]}}\n");
  CHECK_FALSE(recall_standstill(repository, {}));
}

TEST_CASE("a run that was killed leaves nothing known", "[train][standstill]") {
  Still still;
  still.crash_at["run.begin"] = 1;
  CHECK_THROWS_AS(still.train({.force = true}), Crash);
  CHECK_FALSE(still.recall());
}

TEST_CASE("what is warned of is warned of again", "[train][standstill]") {
  Still still;
  auto repository = still.open();
  auto lock = still.lock();
  lock.data["raw.txt"] = Digest::of("as it was tracked\n");
  workspace::write_lock_file(still.root(), lock, still.world);
  still.settle();
  CHECK_FALSE(still.recall());
  still.heard.warned.clear();
  still.train();
  CHECK(still.heard.warned.size() == 1);
}

TEST_CASE("a step that always runs is never at rest", "[train][standstill]") {
  Still still(R"(pipeline: {tick: {run: "date > tick", out: [tick], always: true}})");
  CHECK_FALSE(still.recall());
}

}  // namespace mlo::run
