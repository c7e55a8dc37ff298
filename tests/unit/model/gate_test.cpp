#include "model/gate.h"

#include <catch2/catch.hpp>

using namespace mlo;
using namespace mlo::model;

namespace {

ledger::Check check(std::string kind, bool passed, std::string severity = "error") {
  return {.name = kind + " rule",
          .kind = std::move(kind),
          .severity = std::move(severity),
          .passed = passed};
}

ledger::Evidence evidence(std::int64_t entry, std::vector<ledger::Check> checks) {
  ledger::Evidence one{.target = "churn@3", .passed = true, .checks = std::move(checks)};
  one.origin.entry = entry;
  return one;
}

GateInput input(std::vector<std::string> require) {
  return {
      .demands = {.require = std::move(require), .asked_by = "mlo.yaml"},
      .facts = {
          .candidate = {
              .model = "churn", .number = 3, .digest = Digest::of("m"), .stage = "production"}}};
}

}  // namespace

TEST_CASE("without requirements the gate is open and says so", "[gate]") {
  const auto verdict = decide(input({}));
  CHECK(verdict.decision.passed);
  CHECK(verdict.decision.reasons.at(0).find("requires nothing") != std::string::npos);
}

TEST_CASE("without evidence the gate is closed and names the command that makes it", "[gate]") {
  const auto verdict = decide(input({"metrics"}));
  CHECK_FALSE(verdict.decision.passed);
  CHECK(verdict.decision.reasons.at(0) == "metrics: no evidence for this version");
  CHECK(verdict.next == std::vector<std::string>{"mlo validate churn@3"});
}

TEST_CASE("the newest evidence of a kind decides", "[gate]") {
  auto one = input({"metrics", "size"});
  one.facts.evidence = {evidence(9, {check("metrics", false)}),
                        evidence(5, {check("metrics", true), check("size", true)})};
  const auto verdict = decide(one);
  CHECK_FALSE(verdict.decision.passed);
  CHECK(verdict.decision.reasons ==
        std::vector<std::string>{"metrics: failed on metrics rule", "size: passed"});
  CHECK(verdict.decision.evidence == std::vector<std::int64_t>{5, 9});
}

TEST_CASE("what failed is told with its figures, and validating again is no way out", "[gate]") {
  auto one = input({"metrics"});
  auto accuracy = check("metrics", false);
  accuracy.name = "accuracy";
  accuracy.value = 0.84;
  accuracy.threshold = ">= 0.9";
  auto unknown = check("metrics", false);
  unknown.message = "no metric 'acuracy'";
  one.facts.evidence = {evidence(9, {accuracy, unknown})};
  const auto verdict = decide(one);
  CHECK(verdict.decision.reasons.at(0) ==
        "metrics: failed on accuracy (0.84, asked >= 0.9), metrics rule (no metric 'acuracy')");
  CHECK(verdict.next.empty());
  one.facts.evidence[0].checks.assign(7, accuracy);
  const auto reason = decide(one).decision.reasons.at(0);
  CHECK(reason.ends_with("accuracy (0.84, asked >= 0.9), 2 more"));
}

TEST_CASE("after a failed scan no older evidence counts", "[gate]") {
  auto one = input({"metrics", "scan"});
  one.facts.evidence = {evidence(9, {check("scan", false)}),
                        evidence(5, {check("scan", true), check("metrics", true)})};
  CHECK(decide(one).decision.reasons ==
        std::vector<std::string>{"metrics: the newest validation stopped at its scan",
                                 "scan: failed on scan rule"});
  one.demands.require = {"metrics"};
  CHECK_FALSE(decide(one).decision.passed);
  one.facts.evidence[0].checks[0].severity = "warn";
  CHECK(decide(one).decision.passed);
}

TEST_CASE("a warning does not close the gate", "[gate]") {
  auto one = input({"slices"});
  one.facts.evidence = {evidence(4, {check("slices", true), check("slices", false, "warn")})};
  CHECK(decide(one).decision.passed);
}

TEST_CASE("each dataset with a contract needs passed evidence of its own", "[gate]") {
  auto one = input({"data"});
  CHECK(decide(one).decision.passed);
  one.facts.datasets = {{.path = "data/raw", .evidence = std::nullopt}};
  CHECK_FALSE(decide(one).decision.passed);
  auto failed = evidence(2, {check("data", false)});
  failed.passed = false;
  one.facts.datasets[0].evidence = failed;
  CHECK(decide(one).decision.reasons.at(0) == "data: data/raw breaks its contract");
  one.facts.datasets[0].evidence = evidence(3, {check("data", true)});
  CHECK(decide(one).decision.passed);
}

TEST_CASE("a stage that comes after another is reached only from it", "[gate]") {
  auto one = input({});
  one.demands.after = {"staging"};
  CHECK_FALSE(decide(one).decision.passed);
  auto& holder = one.facts.holders["staging"];
  holder = {.number = 3, .digest = Digest::of("m"), .since = 7};
  CHECK(decide(one).decision.passed);
  holder.digest = Digest::of("other");
  CHECK_FALSE(decide(one).decision.passed);
  holder = {.number = 2, .digest = Digest::of("m"), .since = 7};  // registered with other features
  CHECK_FALSE(decide(one).decision.passed);
}

TEST_CASE("evidence for other requirements than those in force does not count", "[gate]") {
  auto one = input({"metrics"});
  one.demands.requirements = Digest::of("new");
  one.facts.evidence = {evidence(4, {check("metrics", true)})};
  one.facts.evidence[0].inputs = {{std::string(ledger::kRequirements), Digest::of("old")}};
  CHECK_FALSE(decide(one).decision.passed);
  one.facts.evidence[0].inputs[0].digest = *one.demands.requirements;
  CHECK(decide(one).decision.passed);
}

TEST_CASE("evidence that is too old closes the gate", "[gate]") {
  auto one = input({"metrics"});
  one.facts.evidence = {evidence(5, {check("metrics", true)})};
  one.facts.evidence[0].origin.at = Timestamp{1'000'000};
  one.demands.max_age_seconds = 60;
  one.facts.candidate.now = Timestamp{61'000'000};
  CHECK(decide(one).decision.passed);
  one.facts.candidate.now = Timestamp{62'000'000};
  const auto verdict = decide(one);
  CHECK_FALSE(verdict.decision.passed);
  CHECK(verdict.decision.reasons.at(0).find("metrics: passed too long ago") == 0);
}

TEST_CASE("approvals count by the number that the policy asks for; others are named", "[gate]") {
  auto one = input({});
  const auto given = [](const char* who, const char* why_not) {
    return ledger::Vote{.actor = who, .expires = {}, .why_not = why_not};
  };
  one.facts.approvals = {
      {.rule = {.from = {"release"}, .count = 2},
       .votes = {given("bo", ""), given("ana", "its author cannot approve it")}}};
  const auto closed = decide(one);
  CHECK_FALSE(closed.decision.passed);
  CHECK(closed.decision.reasons.at(0) ==
        "approvals: 1 of 2 from release (bo); ana: its author cannot approve it");
  CHECK(closed.next == std::vector<std::string>{"mlo approve churn@3 --for production -m WHY"});
  one.policy_in_force = false;
  CHECK(decide(one).next.back() == "mlo policy apply -m WHY");
  one.facts.approvals[0].votes[1] = given("cy", "");
  CHECK(decide(one).decision.passed);
}

TEST_CASE("the same facts give the same decision, and another policy another digest", "[gate]") {
  const auto one = input({"metrics"});
  CHECK(decide(one).decision.policy == decide(one).decision.policy);
  CHECK(decide(one).decision.policy != decide(input({"size"})).decision.policy);
}
