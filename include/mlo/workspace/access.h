#pragma once

#include <string>
#include <vector>

#include "mlo/ledger/approvals.h"
#include "mlo/ledger/policy.h"
#include "mlo/workspace/repository.h"

// The policy that `mlo.yaml` asks for, beside the one that is in force.

namespace mlo::workspace {

/// `access:` with the `promote:` rules of all models. Throws not_found when there is no `access:`.
ledger::Policy wished_policy(const Project& project);

/// A fact in which two policies differ: "roles.release", "gates.churn.production.require".
struct PolicyDifference {
  std::string fact;
  std::string before;  ///< empty: it is new
  std::string after;   ///< empty: it is gone
};
std::vector<PolicyDifference> differences(const ledger::Policy& before,
                                          const ledger::Policy& after);

struct PolicyTestResult {
  PolicyTest test;
  bool passed = false;
  std::vector<std::string> reasons;
};
/// Judges `access: tests:` by the policy that mlo.yaml asks for, before it is put in force.
std::vector<PolicyTestResult> test_policy(const Project& project);

}  // namespace mlo::workspace
