#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/approvals.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

struct ApproveOptions {
  std::string reference;  ///< "churn@3"
  std::string stage;
  std::string reason;  ///< required
  std::optional<std::int64_t> expires_seconds;
  bool withdraw = false;
};
struct Approved {
  ledger::Approval approval;         ///< as recorded
  std::optional<Timestamp> expires;  ///< when it ceases to count: by its own word or the rule's
  std::vector<ledger::WeighedApproval> all;
  std::int64_t counting = 0;
  std::int64_t needed = 0;             ///< 0: the stage asks for none
  std::vector<std::string> next = {};  ///< commands that lead on
};
/// Approves a version for a stage, or withdraws that: the content of its digest, with the evidence
/// that there is now. Throws not_found for a stage that the model has not, not_allowed for its
/// author, usage for an approval that would end at once.
Approved approve(workspace::Repository& repository, const ApproveOptions& options,
                 Progress& progress = no_progress());

/// Whether somebody may do something, by the policy in force, their keys, and for a promotion the
/// gate: `model`/`stage` of the newest version, when there is one. `wished` judges by mlo.yaml's
/// policy instead.
ledger::Ruling explain(workspace::Repository& repository, const std::string& actor,
                       const std::string& wish, bool wished);

}  // namespace mlo::model
