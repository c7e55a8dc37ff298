#include "mlo/monitor/monitor.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/monitor/inference_log.h"
#include "unit/model/model_workspace.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
const std::string kMonitor =
    "    validate: {size: \"<= 1 MB\"}\n"
    "    monitor:\n"
    "      reference: reference.csv\n"
    "      drift: {method: psi, share: 0.5}\n"
    "      min_rows: 20\n"
    "      cooldown: 1h\n"
    "      on: {drift: [alert, train]}\n";

/// Rows whose first column runs from `start`.
std::string rows(int count, double start) {
  std::string text = "a,b,high\n";
  for (int i = 0; i < count; ++i) text += fmt::format("{},{},{}\n", start + i % 10, i % 7, i % 2);
  return text;
}

std::string candidate(float weight) {
  return model::onnx_file::model(model::onnx_file::classifier_graph(
      model::onnx_file::weights("W", {2, 2}, {-weight, weight, 0, 0})));
}

/// A model in production whose clock the test moves.
class Watch : public model::ModelWorkspace {
 public:
  explicit Watch(const std::string& sections = kMonitor) : ModelWorkspace(sections) {
    write("reference.csv", rows(200, 0));
    track("reference.csv");
    make(1);
    promote();
    pass(1);
  }
  void pass(std::int64_t seconds) {
    const auto now = world.now().microseconds + seconds * kSecond;
    world.now = [now] { return Timestamp{now}; };
  }
  /// Requests to the version that is newest, at this moment.
  void ask(int count, double start) {
    write("requests.csv", rows(count, start));
    auto repository = open();
    ingest(repository, "sign", root() / "requests.csv", heard);
    pass(1);
  }
  Watched look(const MonitorOptions& options = {}) {
    auto repository = open();
    auto all = monitor(repository, options, heard, {});
    pass(1);
    return all.at(0);
  }
  [[nodiscard]] std::vector<ledger::MonitorWindow> windows() const {
    auto repository = open();
    return ledger::monitor_windows(repository.ledger(), "sign");
  }
};

}  // namespace

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

TEST_CASE("rows that come too late for their window are taken in with a warning", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(40, 0);
  const auto ended = place.look().window.to;
  CHECK(place.heard.warned.empty());
  place.write("requests.csv",
              fmt::format("a,b,timestamp\n1,1,{}\n1,1,{}\n", ended.microseconds / kSecond - 60,
                          ended.microseconds / kSecond + 60));
  auto repository = place.open();
  CHECK(ingest(repository, "sign", place.root() / "requests.csv", place.heard) == 2);
  REQUIRE(place.heard.warned.size() == 1);
  CHECK(place.heard.warned[0].starts_with("1 rows are from before"));
}

TEST_CASE("times are taken in as seconds or as dates, and nothing else for them", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  const auto take_in = [&](const std::string& time) {
    place.write("requests.csv", "a,b,timestamp\n1,1," + time + "\n");
    auto repository = place.open();
    return ingest(repository, "sign", place.root() / "requests.csv", place.heard);
  };
  for (const auto* time : {"1795710000", "1795710000.5", "2026-11-26T16:31:00Z",
                           "2026-11-26 16:31:00", "2026-11-26T16:31:00.250+02:00"})
    CHECK(take_in(time) == 1);
  CHECK(place.has(".mlo/inference/sign/2026-11-26.jsonl"));
  CHECK_THROWS_WITH(
      take_in("1795710000000"),
      "row 1: timestamp '1795710000000' is not of this century: is its unit seconds?");
  CHECK_THROWS_WITH(take_in("yesterday"), "row 1: timestamp 'yesterday' is no time");
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

TEST_CASE("drift retrains once a cooldown; the challenger is validated, not promoted",
          "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", candidate(2));
  place.ask(60, 50);
  const auto first = place.look();
  REQUIRE(first.challengers.size() == 1);
  CHECK(first.challengers[0].number == 2);
  CHECK(place.at("production") == 1);
  {
    auto repository = place.open();
    CHECK(ledger::evidence_for(repository.ledger(), first.challengers[0].digest).size() == 1);
    CHECK(ledger::runs(repository.ledger()).front().trigger == "drift");
  }
  place.write("ready.onnx", candidate(3));
  place.pass(1800);
  place.ask(60, 50);
  const auto second = place.look();
  CHECK(second.challengers.empty());
  CHECK(second.note.starts_with("not retrained: the last retraining is too recent"));
  place.pass(1800);
  place.ask(60, 50);
  CHECK(place.look().challengers.at(0).number == 3);
}

TEST_CASE("without anything new to learn from nothing is retrained, and the note says so",
          "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.ask(60, 50);
  const auto seen = place.look();
  CHECK(seen.retrained_run.empty());
  CHECK(seen.note.starts_with("not retrained: no input of the pipeline has changed"));
}

TEST_CASE("a retraining looks at nothing but the challenger and its own data", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("labels.csv", "id,high\n1,1\n");
  place.track("labels.csv");
  place.write("labels.csv", "id,high\n1,1\n2,0\n");  // outcomes grow
  place.write("ready.onnx", candidate(2));
  place.ask(60, 50);
  const auto seen = place.look();
  REQUIRE(seen.challengers.size() == 1);
  CHECK(seen.note.empty());
  auto repository = place.open();
  CHECK(ledger::evidence_for(repository.ledger(), seen.challengers[0].digest).size() == 1);
}

TEST_CASE("what goes wrong in a retraining is a note, and starts no cooldown", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", candidate(2));
  const auto project = place.read("mlo.yaml");
  place.replace("in: [ready.onnx]", "in: [ready.onnx, gone.csv]");
  place.ask(60, 50);
  const auto seen = place.look();
  CHECK(seen.alerts.size() == 1);
  CHECK(seen.challengers.empty());
  INFO(seen.note);
  CHECK(seen.note.find("gone.csv") != std::string::npos);
  place.write("mlo.yaml", project);
  place.ask(60, 50);
  CHECK(place.look().challengers.size() == 1);
}

TEST_CASE("a challenger that cannot be registered is a note beside the alert", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", "no model");
  place.ask(60, 50);
  const auto seen = place.look();
  CHECK(seen.alerts.size() == 1);
  CHECK(seen.challengers.empty());
  CHECK(seen.note.starts_with("'sign' was trained and not registered: "));
}

TEST_CASE("a version that a crash left unregistered is registered by the next retraining",
          "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", model::onnx_file::model(model::onnx_file::classifier_graph(
                                model::onnx_file::weights("W", {2, 2}, {-2, 2, 0, 0}))));
  static_cast<void>(place.train());  // and the process dies before it registers the model
  place.ask(60, 50);
  const auto seen = place.look();
  CHECK(seen.retrained_run.empty());
  REQUIRE(seen.challengers.size() == 1);
  CHECK(seen.challengers[0].number == 2);
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
    CHECK(ingest(repository, "sign", place.root() / "requests.csv", place.heard) == 40);
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

TEST_CASE("a table without a feature is not taken in", "[monitor]") {
  Watch place;
  place.write("requests.csv", "a\n1\n");
  auto repository = place.open();
  CHECK_THROWS_WITH(ingest(repository, "sign", place.root() / "requests.csv", place.heard),
                    Catch::Contains("has no column 'b'"));
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
