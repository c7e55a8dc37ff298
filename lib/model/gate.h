#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/ledger/gate.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/project.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// What mlo.yaml and the policy in force ask of a version, and what is known of it.
struct GateInput {
  ledger::GateDemands demands;
  ledger::GateFacts facts;
  /// The policy in force asks for other requirements than mlo.yaml's: since this entry.
  std::optional<std::int64_t> other_requirements = {};
  bool policy_in_force = true;  ///< which says who has a role
};

struct Verdict {
  ledger::GateDecision decision;
  std::vector<std::string> next;  ///< commands that could satisfy what is unmet
};

/// Pure: the same input gives the same decision, whenever and wherever.
Verdict decide(const GateInput& input);
/// The digest of what is asked for at a stage, as canonical JSON.
Digest policy_digest(const std::string& model, const std::string& stage,
                     const ledger::GateDemands& demands);
/// Collects what the ledger knows now, and whether contracts are still those of the evidence; what
/// the policy in force asks for beyond mlo.yaml is asked too. Throws not_found when `stage` is none
/// of the model's.
GateInput gate_input(workspace::Repository& repository, const ledger::ModelVersion& version,
                     const std::string& stage);
/// Throws not_found when the model has no such stage.
void require_stage(const workspace::ModelSpec& spec, const std::string& stage);

}  // namespace mlo::model
