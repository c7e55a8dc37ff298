#include <algorithm>

#include <catch2/catch.hpp>

#include "model/data_checks.h"
#include "model/gate.h"

namespace mlo::model {
namespace {

void add(ledger::Evidence& evidence, const std::string& kind, bool passed, int count) {
  for (int i = 0; i < count; ++i)
    evidence.checks.push_back(
        {.name = kind, .kind = kind, .target = evidence.target, .passed = passed});
}

bool gate_opens(const ledger::Evidence& evidence, const std::string& kind) {
  return decide({.version = {.model = "churn", .number = 3},
                 .stage = "production",
                 .policy = {.after = {}, .require = {kind}},
                 .evidence = {evidence}})
      .decision.passed;
}

}  // namespace

TEST_CASE("evidence of few checks is kept as it is") {
  ledger::Evidence evidence{.subject = {}, .target = "churn@3", .passed = true};
  add(evidence, "metrics", true, 100);
  CHECK(compact(evidence).checks.size() == 100);
}

TEST_CASE("evidence of many checks keeps the verdict of each kind") {
  ledger::Evidence evidence{.subject = {}, .target = "churn@3"};
  add(evidence, "scan", true, 1);
  add(evidence, "slices", false, 400);
  add(evidence, "metrics", true, 3);
  add(evidence, "size", false, 1);
  add(evidence, "latency", false, 1);
  evidence.checks.back().severity = "warn";
  const auto small = compact(evidence);
  CHECK(small.checks.size() < 130);
  CHECK_FALSE(small.passed);
  for (const auto* kind : {"scan", "slices", "metrics", "size", "latency"}) {
    INFO(kind);
    CHECK(gate_opens(small, kind) == gate_opens(evidence, kind));
  }
  CHECK(gate_opens(small, "metrics"));
  CHECK_FALSE(gate_opens(small, "size"));
}

}  // namespace mlo::model
