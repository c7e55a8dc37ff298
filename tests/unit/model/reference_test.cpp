#include "mlo/model/reference.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
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

TEST_CASE("features that do not fit the model are refused when it is registered") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  auto yaml = place.read("mlo.yaml");
  yaml.replace(yaml.find("[a, b]"), 6, "[a, b, c]");
  place.write("mlo.yaml", yaml);
  CHECK_THROWS_AS(place.make(1), Error);
  auto repository = place.open();
  CHECK(ledger::model_versions(repository.ledger(), "sign").empty());
}

}  // namespace mlo::model
