#include "mlo/model/validation.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/ledger/gate.h"
#include "unit/data/ear.h"
#include "unit/data/tables.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

ledger::Check check_named(const ledger::Evidence& evidence, std::string_view name) {
  for (const auto& check : evidence.checks)
    if (check.name == name) return check;
  FAIL("no check " << name);
  return {};
}

ledger::Evidence newest_evidence(const ModelWorkspace& place, const std::string& reference) {
  auto repository = place.open();
  const auto version = resolve(repository, reference);
  return ledger::evidence_for(repository.ledger(), version.digest).at(0);
}

/// Promotes another version while somebody validates.
class Promoter final : public Progress {
 public:
  explicit Promoter(ModelWorkspace& place) : place_(place) {}
  void say(std::string_view) override {}
  void warn(std::string_view) override {}
  void advance(std::string_view what, std::uint64_t, std::uint64_t) override {
    if (what == "resamples" && place_.at("production") == 1) place_.promote("sign@2");
  }

 private:
  ModelWorkspace& place_;
};

}  // namespace

TEST_CASE("a model below its bound fails, and the evidence in the ledger says so") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.make(-1);
  const auto validation = place.validate();
  CHECK_FALSE(validation.passed());
  const auto evidence = newest_evidence(place, "sign");
  CHECK_FALSE(evidence.passed);
  CHECK(evidence.target == "sign@1");
  const auto accuracy = check_named(evidence, "accuracy");
  CHECK_FALSE(accuracy.passed);
  CHECK(accuracy.value.as_number() == 0.0);
  CHECK(accuracy.threshold.as_string() == ">= 0.9");
  CHECK_FALSE(place.promote().move);
}

TEST_CASE("a target of true and false is judged as the 1 and 0 that the model answers") {
  if (!runtime_is_here()) return;
  const std::string positive = GENERATE("", ", positive: \"true\"", ", positive: 1");
  ModelWorkspace place(
      "    validate: {data: test.csv, metrics: {accuracy: \">= 0.9\", roc_auc: \">= 0.9\"}}\n");
  if (!positive.empty()) place.replace("target: high", "target: high" + positive);
  place.write("test.csv", "a,b,high\n1,0,True\n-1,0,False\n2,1,True\n-2,1,False\n");
  place.track("test.csv");
  place.make(1);
  CHECK(place.validate().passed());
  CHECK(check_named(newest_evidence(place, "sign"), "roc_auc").value.as_number() == 1.0);
}

TEST_CASE("a positive class that no row has is told") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.replace("target: high", "target: high, positive: \"yes\"");
  place.make(1);
  CHECK_FALSE(place.validate().passed());
  const auto evidence = newest_evidence(place, "sign");
  CHECK(std::ranges::any_of(evidence.checks, [](const ledger::Check& check) {
    return check.message.find("no row has the positive class 'yes'") != std::string::npos;
  }));
}

TEST_CASE("evidence names the model, the data and the requirements it was judged by") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  const auto version = place.make(1).front();
  CHECK(place.validate().passed());
  const auto evidence = newest_evidence(place, "sign");
  CHECK(evidence.subject.digest == version.digest);
  REQUIRE(evidence.inputs.size() == 2);
  CHECK(evidence.inputs[0].path == ledger::kRequirements);
  CHECK(evidence.inputs[1].path == "test.csv");
  CHECK(evidence.inputs[1].digest == Digest::of(place.read("test.csv")));
}

TEST_CASE("evidence names the model that the stage held, which must not change meanwhile") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(
      "    validate: {data: test.csv, metrics: {accuracy: \">= 0.1\"}, against: production}\n"
      "    promote: {production: {require: [metrics, scan]}}\n");
  place.make(1);
  place.validate();
  REQUIRE(newest_evidence(place, "sign").inputs.size() == 3);
  CHECK(newest_evidence(place, "sign").inputs[2].path == "against production: none");
  CHECK(place.promote().move.has_value());
  place.make(2);
  place.validate();
  CHECK(newest_evidence(place, "sign@2").inputs[2].path == "against production: sign@1");
  const auto third = place.make(3).front();
  Promoter promoter(place);
  auto repository = place.open();
  const auto error = error_of(
      [&] { static_cast<void>(validate(repository, {.targets = {"sign@3"}}, promoter, {})); });
  CHECK(error.kind() == ErrorKind::conflict);
  CHECK(error.message() == "'production' has moved while sign@3 was compared with what was there");
  CHECK(ledger::evidence_for(repository.ledger(), third.digest).empty());
}

TEST_CASE("the whole report is an object that the evidence names") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.make(1);
  place.validate();
  const auto evidence = newest_evidence(place, "sign");
  REQUIRE(evidence.report);
  auto repository = place.open();
  const auto report = Json::parse(repository.store().read(*evidence.report));
  CHECK(report["target"].as_string() == "sign@1");
  CHECK(report["passed"].as_bool());
  CHECK(report["checks"].size() == evidence.checks.size());
}

TEST_CASE("a validation that is stopped ends at once, in its comparison too, and leaves nothing") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(
      "    validate: {data: test.csv, metrics: {accuracy: \">= 0.1\"}, against: production}\n"
      "    promote: {production: {require: [metrics, scan]}}\n");
  std::string rows = "a,b,high\n";
  for (int row = 0; row < 20'000; ++row) rows += row % 3 == 0 ? "1,0,1\n" : "-1,0,0\n";
  place.write("test.csv", rows);
  place.track("test.csv");
  place.put_in_production(1);
  const auto challenger = place.make(2).front();
  data::Ear ear;
  ear.stop_at = GENERATE(as<std::string>{}, "reading test.csv", "rows predicted", "resamples");
  auto repository = place.open();
  CHECK(error_of([&] {
          static_cast<void>(validate(repository, {.targets = {"sign"}}, ear, ear.stop.get_token()));
        }).kind() == ErrorKind::interrupted);
  REQUIRE(ear.heard.contains(ear.stop_at));
  CHECK(ear.heard["resamples"] < 100);  // of 2,000
  CHECK(ear.heard["rows predicted"] <= 4'096 * (ear.stop_at == "resamples" ? 4 : 1));
  CHECK(ledger::evidence_for(repository.ledger(), challenger.digest).empty());
}

TEST_CASE("a model is judged on what was tracked, not on what lies in the workspace") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.make(1);
  place.write("test.csv", "a,b,high\n1,0,0\n");
  CHECK(place.validate().passed());
}

TEST_CASE("a check that cannot be made fails with its reason, and the others are made") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(
      "    validate: {data: missing.csv, metrics: {accuracy: \">= 0.9\"}, size: \"<= 1 MB\"}\n");
  place.make(1);
  const auto evidence = place.validate().evidence.at(0);
  CHECK_FALSE(evidence.passed);
  CHECK(check_named(evidence, "metrics").message.find("missing.csv") != std::string::npos);
  CHECK(check_named(evidence, "size_bytes").passed);
}

TEST_CASE("a file that is not safe to load is not loaded, and nothing else is judged") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  // Two tensors: one outside the file, which the scan finds and ONNX Runtime never reads here.
  auto graph = onnx_file::classifier_graph(onnx_file::weights("W", {2, 2}, {-1, 1, 0, 0}));
  graph += onnx_file::bytes(5, onnx_file::external_weights("../../secret"));
  place.write("ready.onnx", onnx_file::model(graph));
  const auto trained = place.train();
  {
    // As registered by a machine without the runtime: that does not load the file either.
    auto repository = place.open();
    const auto& product = trained.run.products.at(0);
    repository.ledger().append(ledger::statement_of(ledger::ModelVersion{.model = "sign",
                                                                         .number = 1,
                                                                         .digest = product.digest,
                                                                         .path = product.path,
                                                                         .run = trained.run.id}),
                               {"train", {}});
  }
  const auto evidence = place.validate().evidence.at(0);
  CHECK_FALSE(evidence.passed);
  for (const auto& check : evidence.checks) CHECK(check.kind == "scan");
  const auto refused = place.promote();
  CHECK_FALSE(refused.move);
  CHECK(refused.decision.reasons.at(0) == "metrics: the newest validation stopped at its scan");
}

TEST_CASE("data and models that there are not are refused") {
  ModelWorkspace place;
  CHECK_THROWS_AS(place.validate("nothing.csv"), Error);
  CHECK_THROWS_AS(place.validate("sign@1"), Error);
}

}  // namespace mlo::model
