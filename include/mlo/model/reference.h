#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// What a user may call a model version: "churn" (newest), "churn@3", "churn@production".
struct Reference {
  std::string model;
  std::string selector;  ///< empty: newest
};
Reference parse_reference(std::string_view text);
/// Throws not_found naming the versions or stages there are.
ledger::ModelVersion resolve(workspace::Repository& repository, std::string_view reference);

/// Records versions for the models whose file a run has just made anew. Returns what was
/// registered; content that is already a version of that model is not registered twice.
std::vector<ledger::ModelVersion> register_models(workspace::Repository& repository,
                                                  const ledger::Run& run,
                                                  const std::string& reason);

}  // namespace mlo::model
