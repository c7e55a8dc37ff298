#include "mlo/model/reference.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/model/catalogue.h"
#include "mlo/model/registry.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

const std::string kFree = "    validate: {size: \"<= 1 MB\"}\n";

std::string hint_of(ModelWorkspace& place, const std::string& reference) {
  auto repository = place.open();
  try {
    static_cast<void>(resolve(repository, reference));
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::not_found);
    return error.hint();
  }
  FAIL("'" << reference << "' was found");
  return {};
}

}  // namespace

TEST_CASE("a reference is a model and perhaps a version or a stage") {
  CHECK(parse_reference("churn").selector.empty());
  CHECK(parse_reference("churn@3").selector == "3");
  CHECK(parse_reference("churn@production").model == "churn");
  const std::string wrong = GENERATE("", "@3", "churn@");
  CHECK_THROWS_AS(parse_reference(wrong), Error);
}

TEST_CASE("a bare name is the newest version, a stage what it holds now") {
  ModelWorkspace place(kFree);
  place.make(1);
  place.make(2);
  place.promote("sign@1", "staging");
  auto repository = place.open();
  CHECK(resolve(repository, "sign").number == 2);
  CHECK(resolve(repository, "sign@1").number == 1);
  CHECK(resolve(repository, "sign@staging").number == 1);
}

TEST_CASE("what there is not is refused, and the hint names what there is") {
  ModelWorkspace place(kFree);
  CHECK(hint_of(place, "sign") == "mlo train makes the first one");
  CHECK(hint_of(place, "sing") == "known models: sign");
  place.make(1);
  CHECK(hint_of(place, "sign@2") == "versions: 1 to 1");
  CHECK(hint_of(place, "sign@production") == "mlo promote sign --to production -m WHY");
  place.promote("sign", "staging");
  CHECK(hint_of(place, "sign@production") == "stages in use: staging");
}

TEST_CASE("a version is registered once, with what it was made from") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  const auto first = place.make(1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].number == 1);
  CHECK(first[0].signature["features"].size() == 2);
  CHECK(first[0].signature["inputs"].as_array().at(0)["name"].as_string() == "X");
  CHECK(first[0].digest == Digest::of(place.read("model.onnx")));
  CHECK(place.make(1).empty());
  CHECK(place.make(2).at(0).number == 2);
  // Content that was a version already is no new one when it comes back.
  CHECK(place.make(1).empty());
}

TEST_CASE("content that was registered without features gets them by a version of its own") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kFree);
  place.replace("    features: [a, b]\n", "");
  CHECK(place.make(1).at(0).signature["features"].size() == 0);
  place.replace("size: \"<= 1 MB\"", "data: test.csv, metrics: {accuracy: \">= 0.9\"}");
  const auto first = place.validate("sign@1").evidence.at(0);
  const auto metrics = std::ranges::find(first.checks, "metrics", &ledger::Check::kind);
  REQUIRE(metrics != first.checks.end());
  CHECK(metrics->message.find("sign@1 was registered without the columns") == 0);
  CHECK(metrics->message.find("mlo train") != std::string::npos);

  const auto again = place.register_again();
  REQUIRE(again.size() == 1);
  CHECK(again[0].what == Registration::What::amended);
  CHECK(again[0].note == "the content of sign@1 with other features");
  CHECK(again[0].version.number == 2);
  CHECK(again[0].version.digest == first.subject.digest);
  CHECK_FALSE(again[0].version.run.empty());
  CHECK(place.validate().passed());
  CHECK(place.register_again().at(0).what == Registration::What::known);

  auto repository = place.open();
  CHECK(catalogue_entry(repository, "sign@1").evidence.size() == 1);
  CHECK(catalogue_entry(repository, "sign@2").evidence.front().passed);
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("another description of the same content is a new version, features stay unless named") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kFree);
  place.make(1);
  place.replace("    features: [a, b]\n", "");
  CHECK(place.register_again().at(0).what == Registration::What::known);
  place.replace("target: high", "target: high, owner: growth");
  const auto again = place.register_again().at(0);
  CHECK(again.note == "the content of sign@1 with other description");
  CHECK(again.version.signature["features"].size() == 2);
  CHECK(again.version.description["owner"].as_string() == "growth");
  place.replace(", owner: growth", "");
  // Its newest version says otherwise: what 1 said is said by 3 now.
  CHECK(place.register_again().at(0).version.number == 3);
}

TEST_CASE("a version that a machine without the runtime registered gets its inputs elsewhere") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.write("ready.onnx", onnx_file::model(onnx_file::classifier_graph(
                                onnx_file::weights("W", {2, 2}, {-1, 1, 0, 0}))));
  const auto trained = place.train();
  {
    auto repository = place.open();
    const auto& product = trained.run.products.at(0);
    repository.ledger().append(
        ledger::statement_of(
            ledger::ModelVersion{.model = "sign",
                                 .number = 1,
                                 .digest = product.digest,
                                 .path = product.path,
                                 .run = trained.run.id,
                                 .signature = Json::object({{"features", Json::array({"a", "b"})}}),
                                 .description = repository.project().model("sign").description}),
        {"train", {}});
  }
  const auto again = place.register_again().at(0);
  CHECK(again.note == "the content of sign@1 with other inputs");
  CHECK(again.version.signature["inputs"].size() == 1);
}

TEST_CASE("a version that a client registers of a described model has its features") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kFree);
  place.make(1);
  auto repository = place.open();
  const auto noted = create_version(
      repository, {.model = "sign", .source = "models:/sign/1", .owner = "mlo:sign@1"});
  CHECK(noted.version.number == 2);
  CHECK(noted.version.signature["features"].size() == 2);
  CHECK(noted.version.signature["inputs"].size() == 1);
  // What the client says of it is no word of mlo.yaml's that changed.
  CHECK(place.register_again().at(0).what == Registration::What::known);
}

TEST_CASE("the number of a version that was removed is not given again") {
  ModelWorkspace place(kFree);
  place.make(1);
  place.make(2);
  auto repository = place.open();
  remove_version(repository, "sign", 2);
  CHECK(place.make(3).at(0).number == 3);
}

TEST_CASE("a model that no engine runs is a version, and says what that means") {
  ModelWorkspace place(kFree);
  for (int i = 0; i < 3; ++i) place.replace("model.onnx", "model.pkl");
  place.write("ready.onnx", "a pickle");
  const auto made = place.register_again();
  REQUIRE(made.size() == 1);
  CHECK(made[0].what == Registration::What::made);
  CHECK(made[0].version.path == "model.pkl");
  CHECK(made[0].note.find("no engine runs it") == 0);
  CHECK(place.promote().move.has_value());
}

TEST_CASE("features that do not fit the model are refused when it is registered") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  auto yaml = place.read("mlo.yaml");
  yaml.replace(yaml.find("[a, b]"), 6, "[a, b, c]");
  place.write("mlo.yaml", yaml);
  CHECK(place.make(1).empty());
  const auto refused = place.register_again();
  REQUIRE(refused.size() == 1);
  REQUIRE(refused[0].problem);
  CHECK(refused[0].problem->kind() == ErrorKind::bad_input);
  CHECK(refused[0].problem->context().back() == "registering model 'sign'");
  auto repository = place.open();
  CHECK(ledger::model_versions(repository.ledger(), "sign").empty());
}

TEST_CASE("a model that cannot be registered keeps no other out") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kFree);
  place.replace("models:\n", "models:\n  wide: {path: model.onnx, features: [a, b, c]}\n");
  const auto made = place.make(1);
  REQUIRE(made.size() == 1);
  CHECK(made[0].model == "sign");
  place.replace("[a, b, c]", "[a, b]");
  const auto mended = recorded(place.register_again());
  REQUIRE(mended.size() == 1);
  CHECK(mended[0].model == "wide");
}

}  // namespace mlo::model
