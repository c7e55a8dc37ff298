#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

struct PromoteOptions {
  std::string reference;  ///< "churn", "churn@3"
  std::string stage;
  std::string reason;  ///< required
  bool dry_run = false;
  bool break_glass = false;  ///< past a gate that says no; a policy in force must permit it
};

struct Promoted {
  ledger::GateDecision decision;
  std::optional<ledger::StageMove> move;  ///< nothing when the gate said no, or on a dry run
  std::optional<std::int64_t> previous;   ///< number of the version that holds, or held, the stage
  std::vector<ledger::Deployment> deployments;
  std::vector<std::string> next = {};  ///< commands that could satisfy what is unmet
};

/// Judges the version by the evidence in the ledger and the policy of `mlo.yaml`, records the
/// decision, moves the stage and delivers. The gate never looks at the world itself.
Promoted promote(workspace::Repository& repository, const PromoteOptions& options,
                 Progress& progress, const std::stop_token& stop);

struct RollbackOptions {
  std::string model;
  std::string stage;
  std::string reason;
};
/// Puts the version that held the stage before back, and delivers it.
Promoted roll_back(workspace::Repository& repository, const RollbackOptions& options,
                   Progress& progress, const std::stop_token& stop);

}  // namespace mlo::model
