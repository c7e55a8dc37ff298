#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlo/ledger/approvals.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/project.h"

namespace mlo::model {

/// All that a gate may look at: read from the ledger beforehand, so that a decision can be
/// replayed.
struct GateInput {
  ledger::ModelVersion version;
  std::string stage;
  workspace::PromoteSpec policy;
  Digest requirements;                     ///< the model's present `validate` section
  std::vector<ledger::Evidence> evidence;  ///< of the version, newest first
  /// Datasets with a contract that the version was made from, each with its newest evidence.
  std::vector<std::pair<ledger::Artifact, std::optional<ledger::Evidence>>> datasets;
  std::optional<ledger::ModelVersion> holder_of_after;  ///< who is at `policy.after` now
  std::vector<ledger::WeighedApproval> approvals = {};
  /// The policy in force asks for other requirements than mlo.yaml's: since this entry.
  std::optional<std::int64_t> other_requirements = {};
  Timestamp now = {};
  bool policy_in_force = true;  ///< which says who has a role
};

struct Verdict {
  ledger::GateDecision decision;
  std::vector<std::string> next;  ///< commands that could satisfy what is unmet
};

/// Pure: the same input gives the same decision, whenever and wherever.
Verdict decide(const GateInput& input);
/// The digest of the policy as canonical JSON.
Digest policy_digest(const std::string& model, const std::string& stage,
                     const workspace::PromoteSpec& policy);
/// Collects what the ledger knows at `now`; what the policy in force asks for beyond mlo.yaml is
/// asked too. Throws not_found when `stage` is none of the model's.
GateInput gate_input(ledger::Ledger& ledger, const workspace::ModelSpec& spec,
                     const ledger::ModelVersion& version, const std::string& stage, Timestamp now);

}  // namespace mlo::model
