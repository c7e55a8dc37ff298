#include "mlo/monitor/monitor.h"

#include "mlo/core/error.h"
#include "unit/monitor/watch.h"

namespace mlo::monitor {

TEST_CASE("a window begins where the last one ended, and counts each request once", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(40, 0);
  const auto first = place.look();
  CHECK(first.window.rows == 40);
  CHECK_FALSE(first.window.drifted);
  CHECK(first.alerts.empty());
  place.ask(50, 0);
  const auto second = place.look();
  CHECK(second.window.rows == 50);
  CHECK(second.window.from == first.window.to);
  CHECK(place.windows().size() == 2);
}

TEST_CASE("too few requests leave the window open and growing", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  CHECK(place.look().window.rows == 0);
  place.ask(15, 0);
  const auto few = place.look();
  CHECK_FALSE(few.drift);
  CHECK(few.note == "15 answered requests since the last window: fewer than 20 are not judged");
  CHECK(place.windows().empty());
  place.ask(10, 0);
  CHECK(place.look().window.rows == 25);
}

TEST_CASE("a failed request does not close a window that is too small, many do", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  const auto fail = [&](std::size_t count) {
    const auto moment = place.world.now();
    append_inference(place.root() / ".mlo",
                     std::vector<InferenceRecord>(
                         count, {.at = moment, .model = "sign", .version = 1, .error = "wrong"}));
    place.pass(1);
  };
  place.ask(15, 0);
  fail(1);
  static_cast<void>(place.look());
  CHECK(place.windows().empty());
  fail(20);
  static_cast<void>(place.look());
  CHECK(place.windows().size() == 1);
}

TEST_CASE("rows that the log has not are told, and are no requests", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(40, 0);
  const InferenceRecord lost{.at = place.world.now(),
                             .id = {},
                             .model = "sign",
                             .version = 1,
                             .error = "30 rows are not in the log",
                             .lost = 30};
  append_inference(place.root() / ".mlo", std::span(&lost, 1));
  place.pass(1);
  const auto seen = place.look();
  CHECK(seen.rows_not_logged == 30);
  CHECK(seen.window.rows == 40);
  CHECK(seen.alerts.empty());
  CHECK(place.look().rows_not_logged == 0);
}

TEST_CASE("a look at staging does not move where production's next window begins", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.promote("sign", "staging");
  place.ask(40, 0);
  CHECK(place.look({.stage = "staging"}).window.rows == 40);
  CHECK(place.look().window.rows == 40);
}

TEST_CASE("a watch over quality without outcomes says that it judges none", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.replace("min_rows", "quality: {accuracy: \">= 0.5\"}\n      min_rows");
  place.ask(40, 0);
  CHECK(place.look().note == "quality is not judged: monitor has no labels in mlo.yaml");
}

TEST_CASE("drift is recorded with its report, and alerts", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(60, 50);
  const auto seen = place.look();
  CHECK(seen.window.drifted);
  CHECK(seen.window.drifted_columns == std::vector<std::string>{"a"});
  REQUIRE(seen.alerts.size() == 1);
  CHECK(seen.alerts[0].message == "1 of 2 columns drifted: a");
  const auto window = place.windows().at(0);
  REQUIRE(window.report);
  auto repository = place.open();
  const auto report = Json::parse(repository.store().read(*window.report));
  CHECK(report["columns"].size() == 2);
  CHECK(ledger::alerts(repository.ledger(), "sign").size() == 1);
}

TEST_CASE("without acting, the window is recorded and nothing else happens", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", "changed, but nobody trains");
  place.ask(60, 50);
  const auto seen = place.look({.act = false});
  CHECK(seen.window.drifted);
  CHECK(seen.alerts.empty());
  CHECK(seen.retrained_run.empty());
}

TEST_CASE(
    "outcomes that arrive judge the answers: decay is noticed, and alerted where that is wished",
    "[monitor]") {
  if (!model::runtime_is_here()) return;
  const bool act = GENERATE(true, false);
  Watch place(
      "    validate: {size: \"<= 1 MB\"}\n"
      "    monitor: {reference: reference.csv, min_rows: 20, labels: labels.csv,\n"
      "      quality: {accuracy: \">= 0.9\"}, on: {decay: [alert]}}\n");
  std::string requests = "id,a,b,prediction\n";
  std::string labels = "id,high\n";
  for (int i = 0; i < 40; ++i) {
    requests += fmt::format("r{},{},{},1\n", i, i % 10, i % 7);
    if (i < 20) labels += fmt::format("r{},{}\n", i, i % 2);
  }
  place.write("requests.csv", requests);
  place.write("labels.csv", labels);
  {
    auto repository = place.open();
    CHECK(ingest(repository, "sign", {place.root() / "requests.csv"}, place.heard) == 40);
  }
  place.pass(1);
  const auto seen = place.look({.act = act});
  CHECK(data::find_metric(seen.quality, "accuracy") == 0.5);
  REQUIRE(seen.noticed.size() == 1);
  CHECK(seen.noticed[0].kind == "decay");
  CHECK(seen.noticed[0].message == "accuracy is 0.5, it must be >= 0.9");
  REQUIRE(seen.alerts.size() == (act ? 1 : 0));
  if (act) CHECK(seen.alerts[0].message == seen.noticed[0].message);
}

TEST_CASE("what keeps one model from being watched keeps no other", "[monitor]") {
  Watch place(kMonitor +
              "  other:\n"
              "    path: other.onnx\n"
              "    features: [a]\n"
              "    describe: {task: binary-classification, target: high}\n"
              "    monitor: {reference: reference.csv}\n");
  place.ask(60, 50);
  auto repository = place.open();
  const auto all = monitor(repository, {.act = false}, place.heard, {});
  REQUIRE(all.size() == 2);
  CHECK(all[0].window.model == "sign");
  CHECK(all[0].window.drifted);
  REQUIRE(all[1].noticed.size() == 1);
  CHECK_THAT(all[1].noticed[0].message,
             Catch::StartsWith("it cannot be watched: no version of 'other'"));
  CHECK_THAT(all[1].note, Catch::Contains("mlo promote other --to production"));
  CHECK_THROWS_WITH(monitor(repository, {.model = "other"}, place.heard, {}),
                    Catch::StartsWith("no version of 'other'"));
}

TEST_CASE("what is not watched is refused with the way out", "[monitor]") {
  model::ModelWorkspace place;
  auto repository = place.open();
  CHECK_THROWS_WITH(monitor(repository, {}, place.heard, {}),
                    Catch::Contains("no model in mlo.yaml has a monitor section"));
  CHECK_THROWS_WITH(monitor(repository, {.model = "sign"}, place.heard, {}),
                    Catch::Contains("has no monitor section"));
}

}  // namespace mlo::monitor
