#include "model/checks/check.h"
#include "model/scanners/scanner.h"

namespace mlo::model {
namespace {

std::vector<ledger::Check> check_scan(Candidate& candidate) {
  std::vector<ledger::Check> checks;
  for (const auto& finding : scan_model(candidate.file(), candidate.version().path)) {
    auto check = candidate.check("scan", finding.name);
    check.passed = finding.passed;
    check.message = finding.message;
    checks.push_back(std::move(check));
  }
  return checks;
}

const bool kRegistered = model_checks().add(
    "scan",
    {.wanted = [](const workspace::ValidateSpec& spec) { return spec.scan; }, .run = check_scan});

}  // namespace
}  // namespace mlo::model
