#include "mlo/model/promotion.h"

#include <functional>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"
#include "mlo/ledger/gate.h"
#include "mlo/ledger/policy.h"
#include "unit/model/model_workspace.h"

namespace mlo::model {
namespace {

/// Evidence as somebody else might write it.
void write_evidence(const ModelWorkspace& place, const ledger::Evidence& evidence) {
  auto repository = place.open();
  repository.ledger().append(ledger::statement_of(evidence), {"validate", {}});
}

ErrorKind kind_of_failure(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.kind();
  }
  FAIL("nothing was thrown");
  return {};
}

const std::string kAgainst =
    "    validate: {data: test.csv, metrics: {accuracy: \">= 0\"}, against: production}\n"
    "    promote: {production: {require: [metrics, against]}}\n";

const std::string kFolder =
    "    validate: {size: \"<= 1 MB\"}\n"
    "    deliver: {production: [{folder: {path: released}}, {folder: {path: test.csv/inside}}]}\n";

}  // namespace

TEST_CASE("the gate refuses a version that was never validated, and the stage stays") {
  ModelWorkspace place;
  place.make(1);
  const auto refused = place.promote();
  CHECK_FALSE(refused.decision.passed);
  CHECK_FALSE(refused.move);
  CHECK(refused.next == std::vector<std::string>{"mlo validate sign@1"});
  CHECK(place.at("production") == 0);
  auto repository = place.open();
  const auto decisions = ledger::gate_decisions(repository.ledger(), "sign");
  REQUIRE(decisions.size() == 1);
  CHECK_FALSE(decisions[0].passed);
}

TEST_CASE("evidence for another version's content does not open the gate") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.put_in_production(1);
  place.make(2);
  CHECK_FALSE(place.promote("sign@2").move);
  // Not even when it claims to be about the version, but names another digest.
  auto repository = place.open();
  const auto first = resolve(repository, "sign@1");
  auto claim = ledger::evidence_for(repository.ledger(), first.digest).front();
  claim.target = "sign@2";
  write_evidence(place, claim);
  CHECK_FALSE(place.promote("sign@2").move);
  place.validate("sign@2");
  CHECK(place.promote("sign@2").move->previous == 1);
  CHECK(place.at("production") == 2);
}

TEST_CASE("the newest validation decides, also when it failed after one that passed") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.make(1);
  place.validate();
  auto repository = place.open();
  const auto version = resolve(repository, "sign");
  auto evidence = ledger::evidence_for(repository.ledger(), version.digest).front();
  evidence.passed = false;
  for (auto& check : evidence.checks)
    if (check.kind == "metrics") check.passed = false;
  write_evidence(place, evidence);
  const auto refused = place.promote();
  CHECK_FALSE(refused.move);
  CHECK(refused.decision.reasons.front() == "metrics: failed on accuracy (1, asked >= 0.9)");
  CHECK(refused.next.empty());  // to validate it again would find the same
}

TEST_CASE("a raised bound asks for new evidence") {
  if (!runtime_is_here()) return;
  ModelWorkspace place;
  place.make(1);
  place.validate();
  place.replace("0.9", "0.99");
  CHECK(place.promote().decision.reasons.front() ==
        "metrics: judged by other requirements than mlo.yaml's");
  place.validate();
  CHECK(place.promote().move.has_value());
}

TEST_CASE("a comparison with a model that is there no more asks for another") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kAgainst);
  place.make(1);
  place.validate();
  place.make(-1);
  CHECK(place.validate("sign@2").passed());  // nobody is there to be worse than
  CHECK(place.promote("sign@1").move.has_value());
  const auto refused = place.promote("sign@2");
  CHECK_FALSE(refused.move);
  CHECK(refused.decision.reasons.back() == "against: 'production' has moved since the evidence");
  CHECK(refused.next == std::vector<std::string>{"mlo validate sign@2"});
  place.validate("sign@2");
  CHECK(place.promote("sign@2").decision.reasons.back().starts_with("against: failed on accuracy"));
  CHECK(place.promote("sign@1").move.has_value());  // it is there: to be delivered once more
}

TEST_CASE("evidence of an earlier mlo, which names no champion, counts until the stage moves") {
  if (!runtime_is_here()) return;
  ModelWorkspace place(kAgainst);
  place.make(1);
  place.validate();
  place.make(2);
  auto repository = place.open();
  auto evidence =
      ledger::evidence_for(repository.ledger(), resolve(repository, "sign@1").digest).front();
  evidence.subject.digest = resolve(repository, "sign@2").digest;
  evidence.target = "sign@2";
  REQUIRE(ledger::comparison_in(evidence) != nullptr);
  evidence.inputs.pop_back();
  REQUIRE(ledger::comparison_in(evidence) == nullptr);
  write_evidence(place, evidence);
  CHECK(place.promote("sign@2").move.has_value());
  CHECK(place.promote("sign@1").decision.reasons.back() ==
        "against: 'production' has moved since the evidence");
}

TEST_CASE(
    "data that was validated by another contract or other checks than those now is to be "
    "validated") {
  ModelWorkspace place("    promote: {production: {require: [data]}}\n");
  place.replace("in: [ready.onnx]", "in: [ready.onnx, test.csv]");
  place.make(1);
  const auto reason = [&] { return place.promote().decision.reasons.at(0); };
  CHECK(reason() == "data: test.csv was never validated");
  CHECK(place.validate("test.csv").passed());
  CHECK(reason() == "data: passed");
  const auto contract = place.read("schemas/test.yaml");
  for (const auto* other : {"columns: {a: {max: 0}}\n", "columns: [", ""}) {
    INFO(other);
    place.write("schemas/test.yaml", other);
    CHECK(reason() ==
          "data: test.csv was validated by another contract or other checks than those now");
  }
  CHECK(place.promote().next == std::vector<std::string>{"mlo validate"});
  std::filesystem::remove(place.root() / "schemas/test.yaml");
  CHECK(reason() != "data: passed");
  place.write("schemas/test.yaml", contract);
  CHECK(reason() == "data: passed");
  place.replace("models:", "data: {test.csv: {checks: {duplicates: {limit: 0}}}}\nmodels:");
  CHECK(reason() != "data: passed");
  CHECK(place.validate("test.csv").passed());
  CHECK(reason() == "data: passed");
  place.replace("limit: 0", "limit: 1");
  CHECK(reason() != "data: passed");
}

TEST_CASE("mlo.yaml may ask for more approvals than the policy in force, and not for fewer") {
  ModelWorkspace place(
      "    stages: [staging, canary, production]\n"
      "    promote: {production: {after: canary, approvals: {from: bo, count: 2}}}\n");
  place.make(1);
  ledger::Policy policy{.roles = {{"all", {"*"}}}};
  auto repository = place.open();
  policy.people = {{repository.ledger().actor(), {"all"}}};
  policy.admins.members = {repository.ledger().actor()};
  policy.gates["sign"]["production"] = {
      .after = "staging", .require = {}, .approvals = {.from = {"bo"}, .count = 1}};
  propose_policy(repository.ledger(), policy, "rules");
  CHECK(place.promote().decision.reasons ==
        std::vector<std::string>{"after canary: this version is not at that stage",
                                 "after staging: this version is not at that stage",
                                 "approvals: 0 of 2 from bo"});
  place.replace("{after: canary, approvals: {from: bo, count: 2}}", "{require: []}");
  CHECK(place.promote().decision.reasons ==
        std::vector<std::string>{"after staging: this version is not at that stage",
                                 "approvals: 0 of 1 from bo"});
}

TEST_CASE("a dry run decides and records nothing") {
  ModelWorkspace place;
  place.make(1);
  auto repository = place.open();
  const auto before = repository.ledger().size();
  const auto decided = promote(
      repository, {.reference = "sign", .stage = "production", .reason = "why", .dry_run = true},
      place.heard, {});
  CHECK_FALSE(decided.decision.passed);
  CHECK(repository.ledger().size() == before);
}

TEST_CASE("a refusal and a dry run name the version that holds the stage") {
  ModelWorkspace place("    promote: {production: {require: [metrics]}}\n");
  place.make(1);
  auto repository = place.open();
  PromoteOptions options{.reference = "sign", .stage = "production", .reason = "why"};
  CHECK_FALSE(promote(repository, options, place.heard, {}).previous);
  options.break_glass = true;
  CHECK_FALSE(promote(repository, options, place.heard, {}).previous);
  CHECK(place.promote().previous == 1);
  options.dry_run = true;
  CHECK(promote(repository, options, place.heard, {}).previous == 1);
}

TEST_CASE("a promotion and a rollback need their reason, and a stage that there is") {
  ModelWorkspace place;
  place.make(1);
  auto repository = place.open();
  CHECK(kind_of_failure([&] {
          promote(repository, {.reference = "sign", .stage = "production", .reason = " "},
                  place.heard, {});
        }) == ErrorKind::usage);
  CHECK(kind_of_failure([&] { place.promote("sign", "prodution"); }) == ErrorKind::not_found);
  CHECK(kind_of_failure([&] { place.roll_back("prodution"); }) == ErrorKind::not_found);
  CHECK(kind_of_failure([&] { place.roll_back(); }) == ErrorKind::not_found);
}

TEST_CASE("a stage after another takes only what stands there") {
  ModelWorkspace place(
      "    stages: [staging, production]\n"
      "    promote: {production: {after: staging}}\n");
  place.make(1);
  CHECK_FALSE(place.promote().move);
  CHECK(place.promote("sign", "staging").move.has_value());
  place.make(2);
  CHECK_FALSE(place.promote("sign@2").move);
  CHECK(place.promote("sign@staging").move->number == 1);
}

TEST_CASE("a rollback brings back what held the stage before, each one step further") {
  ModelWorkspace place("    validate: {size: \"<= 1 MB\"}\n");
  for (const float weight : {1.0F, 2.0F, 3.0F}) {
    place.make(weight);
    place.promote();
  }
  CHECK(place.at("production") == 3);
  const auto back = place.roll_back();
  CHECK(back.move->rollback);
  CHECK(back.move->previous == 3);
  CHECK(place.at("production") == 2);
  place.roll_back();
  CHECK(place.at("production") == 1);
  CHECK(kind_of_failure([&] { place.roll_back(); }) == ErrorKind::not_found);
  CHECK(place.at("production") == 1);
  auto repository = place.open();
  CHECK(repository.ledger().verify().verified());
}

TEST_CASE("a target that cannot follow is recorded as failed, and the others are delivered to") {
  ModelWorkspace place(kFolder);
  const auto version = place.make(1).front();
  const auto promoted = place.promote();
  REQUIRE(promoted.deployments.size() == 2);
  CHECK(promoted.deployments[0].status == "live");
  CHECK(promoted.deployments[1].status == "failed");
  CHECK_FALSE(promoted.deployments[1].detail.empty());
  CHECK(Digest::of(place.read("released/model.onnx")) == version.digest);
  const auto described = Json::parse(place.read("released/mlo-model.json"));
  CHECK(described["version"].as_integer() == 1);
  CHECK(described["digest"].as_string() == version.digest.text());
  auto repository = place.open();
  CHECK(ledger::deployments(repository.ledger(), "sign").size() == 2);
}

TEST_CASE("nothing is delivered into a repository's own folder, nor over what mlo.lock records") {
  const auto told = [](const std::string& path) {
    ModelWorkspace place(
        "    validate: {size: \"<= 1 MB\"}\n    deliver: {production: {folder: {path: " + path +
        "}}}\n");
    place.make(1);
    const auto before = place.read("model.onnx");
    const auto promoted = place.promote();
    REQUIRE(promoted.deployments.size() == 1);
    CHECK(promoted.deployments[0].status == "failed");
    CHECK(place.read("model.onnx") == before);
    return promoted.deployments[0].detail;
  };
  CHECK_THAT(told(".mlo/objects"), Catch::Contains("repository's own folder"));
  CHECK_THAT(told("sub/../.git/hooks"), Catch::Contains("repository's own folder"));
  CHECK_THAT(told("."), Catch::Contains("'model.onnx', which mlo.lock records"));
  CHECK_THAT(told("test.csv"), Catch::Contains("'test.csv', which mlo.lock records"));
}

TEST_CASE("a service that is not running yet is pending, with the command that starts it") {
  ModelWorkspace place("    deliver: {production: {serve: {port: 1}}}\n");
  place.make(1);
  const auto promoted = place.promote();
  REQUIRE(promoted.deployments.size() == 1);
  CHECK(promoted.deployments[0].status == "pending");
  CHECK(promoted.deployments[0].detail.find("mlo serve sign@production --port 1") !=
        std::string::npos);
}

}  // namespace mlo::model
