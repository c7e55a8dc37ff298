#pragma once

#include <string>

#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

// What the registry's clients may not take away, as others count on it.

namespace mlo::model {

/// The repository as it is now, not as it was when this process began: mlo.yaml may have changed.
workspace::Repository reopened(const workspace::Repository& repository);

/// Throws not_allowed for a model that mlo.yaml describes, and for one of which a version holds a
/// stage.
void require_free(workspace::Repository& repository, std::string_view model);
/// Throws not_allowed when the version holds a stage.
void require_free(workspace::Repository& repository, const ledger::ModelVersion& version);
/// Throws not_allowed when a move to `stage` means to take the version from one that comes later in
/// mlo.yaml. It keeps those before: a model goes on from stage to stage.
void require_onward(workspace::Repository& repository, const ledger::ModelVersion& version,
                    std::string_view stage);
/// What is to be recorded when clients take a version from the stages that it holds, `stage` aside.
/// Throws not_allowed for a model that mlo.yaml describes.
std::vector<ledger::Statement> leave_stages(workspace::Repository& repository,
                                            const ledger::ModelVersion& version,
                                            std::string_view stage);

}  // namespace mlo::model
