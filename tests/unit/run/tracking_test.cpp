#include "mlo/run/tracking.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/run/search_filter.h"
#include "mlo/run/train.h"
#include "run/tracking/rows.h"
#include "unit/run/workspace_fixture.h"

using namespace mlo;
using namespace mlo::run;

TEST_CASE("a run's id is 32 hexadecimal digits for clients, and the same 128 bits here",
          "[tracking]") {
  CHECK(hex_of_run("01ARZ3NDEKTSV4RRFFQ69G5FAV") == "01563e3ab5d3d6764c61efb99302bd5b");
  CHECK(parse_run_id("01563e3ab5d3d6764c61efb99302bd5b") == "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  for (const auto* const hex :
       {"00000000000000000000000000000000", "ffffffffffffffffffffffffffffffff",
        "d192c759d86048e6b0da985d3f863445"})
    CHECK(hex_of_run(*parse_run_id(hex)) == hex);
  for (const auto* const text : {"", "x", "d192c759d86048e6b0da985d3f86344",
                                 "8ZZZZZZZZZZZZZZZZZZZZZZZZZ", "D192C759D86048E6B0DA985D3F863445"})
    CHECK_FALSE(parse_run_id(text));
}

TEST_CASE("a client's filter becomes conditions", "[tracking]") {
  const auto conditions = parse_filter(
      "metrics.`f1 score` >= 0.5 AND params.depth = '5' and tags.\"a.b\" ILIKE 'x%' AND run_id IN "
      "('a', \"b\") AND status != 'FAILED' and tags.t IS NOT NULL");
  REQUIRE(conditions.size() == 6);
  CHECK(conditions[0].group == "metrics");
  CHECK(conditions[0].key == "f1 score");
  CHECK(conditions[0].comparator == ">=");
  CHECK(conditions[0].number == 0.5);
  CHECK(conditions[2].key == "a.b");
  CHECK(conditions[3].texts == std::vector<std::string>{"a", "b"});
  CHECK(conditions[4].group == "attributes");
  CHECK(conditions[5].comparator == "IS NOT NULL");
}

TEST_CASE("a filter that cannot be understood is refused", "[tracking]") {
  const auto* const wrong =
      GENERATE("metrics.a", "metrics.a >", "metrics. = 1", "metrics.a = 'x", "a = 1 OR b = 2",
               "a = 1 AND", "a = b", "x.y = 1", "a IN 'b'", "a IN ('b'", "a IS 5", "= 1", "a NOT 1",
               "a = 1 b = 2", "metrics.`a = 1");
  CAPTURE(wrong);
  CHECK_THROWS_AS(parse_filter(wrong), Error);
}

TEST_CASE("numbers of a client's params are numbers here, and spelled as they were", "[tracking]") {
  CHECK(typed_value("5") == Json(5));
  CHECK(typed_value("1e-05") == Json(1e-05));
  for (const auto* const text : {"", "007", "1_000", "gini", "0x10", "nan", "9007199254740993",
                                 "1e999", "5 ", "-", "123456789012345678901234567890123"})
    CHECK(typed_value(text) == Json(text));
}

TEST_CASE("a tracked run ends as one entry, and goes on as the same run", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto begun = begin_run(
      repository,
      {.name = "first", .user = "ana", .started_at = {1'000'000}, .tags = {{"team", "red"}}});
  log(repository, begun.id,
      {.metrics = {{"loss", 0.5, 1, {2'000'000}},
                   {"loss", 0.4, 2, {3'000'000}},
                   {"bad", std::numeric_limits<double>::quiet_NaN(), 0, {3'000'000}}},
       .params = {{"rate", "1e-05"}}},
      Durability::disk);
  const auto live = tracked_run(repository, begun.id);
  REQUIRE(live);
  CHECK(live->live);
  CHECK(live->metrics.size() == 2);
  const auto before = repository.ledger().size();
  update_run(repository, begun.id, {.status = "finished", .finished_at = Timestamp{5'000'000}});
  CHECK(repository.ledger().size() == before + 1);

  const auto told = find_run(repository, begun.id);
  REQUIRE(told);
  CHECK(told->status == "finished");
  CHECK(told->metrics == Json::object({{"loss", 0.4}}));
  CHECK(told->params == Json::object({{"rate", 1e-05}}));
  CHECK(tracked_run(repository, begun.id)->params.front().second == "1e-05");
  REQUIRE(told->products.size() == 1);
  CHECK(told->products.front().path == "records/tracking.jsonl");

  update_run(repository, begun.id, {.status = "running"});
  CHECK(tracked_run(repository, begun.id)->live);
  log(repository, begun.id, {.metrics = {{"loss", 0.3, 3, {6'000'000}}}}, Durability::process);
  update_run(repository, begun.id, {.status = "finished", .finished_at = Timestamp{7'000'000}});
  CHECK(find_run(repository, begun.id)->metrics == Json::object({{"loss", 0.3}}));
  CHECK(metric_history(repository, begun.id, "loss", 0, 100).size() == 3);
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("steps in nanoseconds and values beyond 2^53 are kept, also after the end",
          "[tracking]") {
  constexpr std::int64_t kStep = 1'795'748'581'182'448'225;
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = begin_run(repository, {.name = "first", .started_at = {1}});
  log(repository, run.id,
      {.metrics = {{"loss", 1e18, kStep, {2}},
                   {"first", 1, std::numeric_limits<std::int64_t>::min(), {2}}}},
      Durability::disk);
  const ModelLink link{.model = "m-1", .direction = "output", .step = kStep};
  log_inputs(repository, run.id, {}, std::span(&link, 1));
  update_run(repository, run.id, {.status = "finished"});
  log(repository, run.id, {.metrics = {{"loss", 2e18, kStep + 1, {3}}}}, Durability::disk);
  CHECK(find_run(repository, run.id)->metrics["loss"].as_number() == 2e18);
  const auto told = tracked_run(repository, run.id);
  REQUIRE(told->metrics.size() == 2);
  CHECK(told->metrics[0].step == std::numeric_limits<std::int64_t>::min());
  CHECK(told->metrics[1].step == kStep + 1);
  CHECK(metric_history(repository, run.id, "loss", 0, 100).front().step == kStep);
  CHECK(repository.ledger().verify().verified());
}

namespace {

/// The values of a metric, as clients hear them.
std::vector<double> values(workspace::Repository& repository, const std::string& run,
                           const std::string& key = "loss") {
  std::vector<double> all;
  for (const auto& point : metric_history(repository, run, key, 0, 100)) all.push_back(point.value);
  return all;
}

/// A run that has ended with two points.
std::string ended_run(workspace::Repository& repository) {
  const auto run = begin_run(repository, {.name = "curve", .started_at = {1}});
  log(repository, run.id,
      {.metrics = {{"loss", 0.5, 1, {2}},
                   {"loss", 0.25, 2, {3}},
                   {"bad", std::numeric_limits<double>::quiet_NaN(), 0, {3}}}},
      Durability::disk);
  update_run(repository, run.id, {.status = "finished"});
  return run.id;
}

}  // namespace

TEST_CASE("points of an ended run that somebody changed are found and mended", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = ended_run(repository);
  auto& database = repository.ledger().database();
  CHECK(repository.ledger().verify().verified());
  const auto* const change =
      GENERATE("UPDATE metric_point SET value = 0.001 WHERE step = 1",
               "DELETE FROM metric_point WHERE step = 2",
               "INSERT INTO metric_point SELECT series, 9, 9, 0.001, 0 FROM metric_point LIMIT 1",
               "INSERT INTO metric_series SELECT 99, run, 'new' FROM metric_series LIMIT 1; "
               "INSERT INTO metric_point VALUES (99, 9, 9, 0.001, 0)",
               "UPDATE metric_series SET key = 'other' WHERE key = 'loss'");
  CAPTURE(change);
  database.execute(change);
  const auto verification = repository.ledger().verify();
  REQUIRE(verification.problems.size() == 1);
  CHECK(verification.problems[0].problem ==
        "the points of its metrics are not those of the object that it names");
  CHECK(verification.problems[0].entry == find_run(repository, run)->origin.entry);
  CHECK(mend_points(repository) == 1);
  CHECK(repository.ledger().verify().verified());
  CHECK(values(repository, run) == std::vector<double>{0.5, 0.25});
  CHECK(mend_points(repository) == 0);
}

TEST_CASE("points that come after a run's end are read from their entry's object", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = ended_run(repository);
  log(repository, run, {.metrics = {{"loss", 0.125, 3, {4}}}}, Durability::disk);
  log(repository, run, {.metrics = {{"auc", 0.75, 1, {4}}}}, Durability::disk);
  const std::vector<double> all{0.5, 0.25, 0.125};
  CHECK(values(repository, run) == all);
  CHECK(values(repository, run, "auc") == std::vector<double>{0.75});
  CHECK(metric_history(repository, run, "loss", 1, 1).at(0).value == 0.25);
  CHECK(repository.ledger().verify().verified());

  // Versions before kept them in the rows, too.
  auto& database = repository.ledger().database();
  database.execute(
      "INSERT INTO metric_point SELECT id, 4, 3, 0.125, 0 FROM metric_series WHERE key = 'loss'");
  CHECK(repository.ledger().verify().verified());
  CHECK(values(repository, run) == all);

  // Who goes on with a run goes on with what its entries say, whatever became of its rows.
  database.execute("UPDATE metric_point SET value = 0.001");
  update_run(repository, run, {.status = "running"});
  CHECK(values(repository, run) == all);
  update_run(repository, run, {.status = "finished"});
  CHECK(values(repository, run) == all);
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("rows of a run whose steps recorded its points answer for nothing", "[tracking]") {
  Workspace workspace(
      "project: demo\npipeline:\n  tracking:\n    run: >-\n"
      "      echo '{\"kind\":\"metric\",\"name\":\"loss\",\"value\":0.5,\"at\":2,\"step\":1}'\n"
      "      >> $MLO_RECORD_FILE; touch out\n    out: [out]\n");
  workspace.train();
  const auto run = workspace.runs().at(0).id;
  auto repository = workspace.open();
  repository.ledger().database().execute("INSERT INTO metric_series VALUES (1, '" + run +
                                         "', 'loss'); "
                                         "INSERT INTO metric_point VALUES (1, 2, 1, 0.001, 0)");
  CHECK(values(repository, run) == std::vector<double>{0.5});
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("params are written once; what is wrong leaves nothing behind", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = begin_run(repository, {.name = "r", .started_at = {1}});
  log(repository, run.id, {.params = {{"depth", "5"}}}, Durability::disk);
  log(repository, run.id, {.params = {{"depth", "5"}}}, Durability::disk);
  CHECK_THROWS_AS(
      log(repository, run.id, {.metrics = {{"m", 1, 0, {1}}}, .params = {{"depth", "6"}}},
          Durability::disk),
      Error);
  CHECK(tracked_run(repository, run.id)->metrics.empty());
  CHECK_THROWS_AS(begin_run(repository, {.experiment = 9, .started_at = {1}}), Error);
  CHECK_THROWS_AS(log(repository, "01ARZ3NDEKTSV4RRFFQ69G5FAV", {}, Durability::disk), Error);
}

TEST_CASE("a removed run is hidden, refuses points and comes back", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = begin_run(repository, {.name = "r", .started_at = {1}});
  update_run(repository, run.id, {.status = "failed"});
  hide_run(repository, run.id, true);
  CHECK(search_runs(repository, {.experiments = {0}}).empty());
  CHECK(search_runs(repository, {.experiments = {0}, .shown = Shown::deleted}).size() == 1);
  CHECK_THROWS_AS(log(repository, run.id, {.tags = {{"a", "b"}}}, Durability::disk), Error);
  hide_run(repository, run.id, false);
  log(repository, run.id, {.tags = {{"a", "b"}}}, Durability::disk);
  CHECK(find_run(repository, run.id)->tags == Json::object({{"a", "b"}}));
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("a name that several runs have is not guessed at when one of them is to change",
          "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto one = begin_run(repository, {.name = "twin", .started_at = {1}}).id;
  const auto two = begin_run(repository, {.name = "twin", .started_at = {2}}).id;
  update_run(repository, two, {.status = "finished"});
  const auto problem = [&](std::string_view text, Shown shown) {
    try {
      return only_run(repository, text, shown);
    } catch (const Error& error) {
      return error.message();
    }
  };
  CHECK(problem("twin", Shown::active) ==
        fmt::format("'twin' could be several runs: {} (finished, 1970-01-01 00:00:00Z), {} "
                    "(running, 1970-01-01 00:00:00Z)",
                    two, one));
  CHECK(problem(one, Shown::active) == one);
  CHECK(problem(hex_of_run(two), Shown::active) == two);
  CHECK(problem("twin", Shown::deleted) ==
        "there is nothing to restore: run 'twin' is not removed");
  hide_run(repository, two, true);
  CHECK(problem("twin", Shown::active) == one);
  CHECK(problem("twin", Shown::deleted) == two);
  CHECK(problem(two, Shown::active) == fmt::format("run '{}' is removed", two));
  CHECK(problem("nobody", Shown::active) == "no run 'nobody'");
}

TEST_CASE("facts that no entry could hold alone are told in parts", "[tracking]") {
  const Workspace workspace("project: demo\n");
  auto repository = workspace.open();
  const auto run = begin_run(repository, {.name = "large", .started_at = {1}});
  Logged logged;
  for (int i = 0; i < 60; ++i) {
    logged.params.emplace_back("p" + std::to_string(i), std::string(5000, 'v'));
    logged.tags.emplace_back("t" + std::to_string(i), std::string(7000, 'w'));
    logged.metrics.push_back({"m" + std::to_string(i), i * 0.5, i, {i}});
  }
  log(repository, run.id, logged, Durability::disk);
  update_run(repository, run.id, {.status = "finished"});
  const auto told = find_run(repository, run.id);
  REQUIRE(told);
  CHECK(told->params.size() == 60);
  CHECK(told->tags.size() == 60);
  CHECK(told->metrics.size() == 60);
  const auto shown = tracked_run(repository, run.id);
  CHECK(shown->params.size() == 60);
  CHECK(shown->metrics.back().step == 9);
  CHECK(repository.ledger().verify().verified());
}
