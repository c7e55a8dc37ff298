#include "run/fingerprint.h"

#include <catch2/catch.hpp>

namespace mlo::run {
namespace {

StepFacts facts() {
  return {.command = "python fit.py",
          .inputs = {{"fit.py", Digest::of("code")}, {"train.csv", Digest::of("rows")}},
          .params = Json::object({{"seed", 7}, {"depth", 3}}),
          .outputs = {"model", "notes"},
          .metrics = {"metrics.json"}};
}

}  // namespace

TEST_CASE("a fingerprint is the digest of its text", "[fingerprint]") {
  const auto fingerprint = fingerprint_of(facts());
  CHECK(fingerprint.digest == Digest::of(fingerprint.text));
  // The format is fixed: a change would make every step of every user run again.
  CHECK(
      fingerprint_of({.command = "true"}).text ==
      R"({"command":"true","format":"mlo-step/1","inputs":{},"metrics":[],"outputs":[],"params":{}})");
}

TEST_CASE("the order of params and outputs in the file does not matter", "[fingerprint]") {
  auto other = facts();
  other.params = Json::object({{"depth", 3}, {"seed", 7}});
  other.outputs = {"notes", "model"};
  CHECK(fingerprint_of(other).digest == fingerprint_of(facts()).digest);
}

TEST_CASE("each fact changes the fingerprint, and the difference says how", "[fingerprint]") {
  const auto before = fingerprint_of(facts());
  auto now = facts();
  std::string expected;
  SECTION("command") {
    now.command = "python fit.py --fast";
    expected = "the command changed";
  }
  SECTION("input") {
    now.inputs["fit.py"] = Digest::of("other code");
    expected = "input 'fit.py' changed";
  }
  SECTION("new input") {
    now.inputs["extra"] = Digest::of("extra");
    expected = "input 'extra' is new";
  }
  SECTION("param") {
    now.params.set("seed", 8);
    expected = "param 'seed' changed from 7 to 8";
  }
  SECTION("param of another type") {
    now.params.set("seed", "7");
    expected = "param 'seed' changed from 7 to '7'";
  }
  SECTION("param gone") {
    now.params = Json::object({{"seed", 7}});
    expected = "param 'depth' is no longer used";
  }
  SECTION("outputs") {
    now.outputs.emplace_back("third");
    expected = "the list of outputs changed";
  }
  SECTION("many") {
    now.inputs = {{"a", Digest::of("a")}, {"b", Digest::of("b")}};
    expected = "input 'a' is new, input 'b' is new, input 'fit.py' is no longer read and 1 more";
  }
  const auto present = fingerprint_of(now);
  CHECK(present.digest != before.digest);
  CHECK(difference(before.text, present.text) == expected);
  CHECK(difference(present.text, present.text).empty());
}

}  // namespace mlo::run
