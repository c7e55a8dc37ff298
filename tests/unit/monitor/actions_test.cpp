#include "monitor/actions.h"

#include "unit/monitor/watch.h"

namespace mlo::monitor {
namespace {

std::string candidate(float weight) {
  return model::onnx_file::model(model::onnx_file::classifier_graph(
      model::onnx_file::weights("W", {2, 2}, {-weight, weight, 0, 0})));
}

}  // namespace

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

TEST_CASE("a challenger that does not pass its validation is named so", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", candidate(2));
  place.replace("<= 1 MB", "<= 1 B");
  place.ask(60, 50);
  const auto seen = place.look();
  REQUIRE(seen.challengers.size() == 1);
  CHECK(seen.failed == std::vector<std::int64_t>{2});
}

TEST_CASE("only retrainings of the model start its cooldown", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  const auto other =
      GENERATE(as<run::TrainOptions>(), run::TrainOptions{.trigger = "search"},
               run::TrainOptions{.trigger = "reproduce"},
               run::TrainOptions{.trigger = "drift", .tags = Json::object({{"model", "another"}})});
  place.write("ready.onnx", candidate(2));
  static_cast<void>(place.train(other));
  place.write("ready.onnx", candidate(3));
  place.ask(60, 50);
  CHECK(place.look().challengers.size() == 1);
}

TEST_CASE("a pipeline that is broken is tried once a cooldown, too", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.replace("run: cp ready.onnx model.onnx", "run: 'false'");
  place.ask(60, 50);
  CHECK(place.look().note == "the retraining failed in step 'fit'");
  const auto runs = place.runs().size();
  place.ask(60, 50);
  CHECK(place.look().note.starts_with("not retrained: the last retraining (failed) is too recent"));
  CHECK(place.runs().size() == runs);
  place.pass(3600);
  place.ask(60, 50);
  CHECK(place.look().note == "the retraining failed in step 'fit'");
}

TEST_CASE("the cooldown holds however many runs there were since", "[monitor]") {
  if (!model::runtime_is_here()) return;
  Watch place;
  place.write("ready.onnx", candidate(2));
  place.ask(60, 50);
  CHECK(place.look().challengers.size() == 1);
  for (int i = 0; i < 101; ++i) {
    auto repository = place.open();
    ledger::Run run{.id = fmt::format("01JOTHER{:018}", i), .status = "finished"};
    run.started_at = run.finished_at = place.world.now();
    run.trigger = "user";
    repository.ledger().append(ledger::statements_of(run), {"train", {}});
  }
  place.write("ready.onnx", candidate(3));
  place.ask(60, 50);
  CHECK(place.look().challengers.empty());
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

}  // namespace mlo::monitor
