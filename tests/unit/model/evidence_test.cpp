#include <algorithm>

#include <catch2/catch.hpp>

#include "model/evidence_report.h"
#include "model/gate.h"

namespace mlo::model {
namespace {

void add(ledger::Evidence& evidence, const std::string& kind, bool passed, int count) {
  for (int i = 0; i < count; ++i)
    evidence.checks.push_back(
        {.name = kind, .kind = kind, .target = evidence.target, .passed = passed});
}

bool gate_opens(const ledger::Evidence& evidence, const std::string& kind) {
  return decide({.demands = {.require = {kind}},
                 .facts = {.candidate = {.model = "churn", .number = 3, .stage = "production"},
                           .evidence = {evidence}}})
      .decision.passed;
}

}  // namespace

TEST_CASE("evidence of few checks is kept as it is") {
  ledger::Evidence evidence{.subject = {}, .target = "churn@3", .passed = true};
  add(evidence, "metrics", true, 100);
  CHECK(compact(evidence).checks.size() == 100);
}

TEST_CASE("evidence of any length fits an entry, and the report keeps it whole") {
  ledger::Evidence evidence{.subject = {}, .target = "data/train.csv"};
  const std::string long_text = GENERATE(std::string(), std::string(3'000, 'x'));
  for (int i = 0; i < 1'000; ++i)
    evidence.checks.push_back({.name = "rule " + long_text,
                               .kind = "data",
                               .target = evidence.target,
                               .passed = i % 3 == 0,
                               .value = long_text,
                               .threshold = Json::array({long_text, "ü" + long_text}),
                               .message = "ü" + long_text});
  const auto small = compact(evidence);
  CHECK(ledger::statement_of(small).predicate.canonical().size() <= kMaxEvidenceBytes);
  CHECK(small.checks.size() > 20);
  CHECK_FALSE(small.checks.front().passed);
  std::int64_t counted = 0;
  for (const auto& check : small.checks)
    counted += check.name.starts_with("further") ? check.value.as_integer() : 1;
  CHECK(counted == 1'000);
  CHECK(report_of(evidence)["checks"].size() == 1'000);
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
  CHECK(small.checks.size() < evidence.checks.size());
  CHECK_FALSE(small.passed);
  for (const auto* kind : {"scan", "slices", "metrics", "size", "latency"}) {
    INFO(kind);
    CHECK(gate_opens(small, kind) == gate_opens(evidence, kind));
  }
  CHECK(gate_opens(small, "metrics"));
  CHECK_FALSE(gate_opens(small, "size"));
}

}  // namespace mlo::model
