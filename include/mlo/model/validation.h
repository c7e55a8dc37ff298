#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

struct ValidateOptions {
  std::vector<std::string> targets;  ///< models ("churn", "churn@2") or tracked paths; empty: all
  std::string reason;
};

struct Validation {
  std::vector<ledger::Evidence> evidence;  ///< one a target, as recorded
  [[nodiscard]] bool passed() const;       ///< no check of severity error failed
};

/// Whether a target ("churn", "churn@2") is a model of mlo.yaml or of the ledger, and no path.
bool is_model(workspace::Repository& repository, const std::string& target);

/// Checks data against its contract and models on held-out data (metrics recomputed here), slices,
/// fairness, size, latency, file safety and against the stage's present model; what it finds is
/// written to the ledger as evidence, whatever the verdict.
Validation validate(workspace::Repository& repository, const ValidateOptions& options,
                    Progress& progress, const std::stop_token& stop);

}  // namespace mlo::model
