#pragma once

#include <cstddef>
#include <optional>

#include "mlo/ledger/records.h"
#include "mlo/model/predictor.h"
#include "mlo/workspace/repository.h"

// Which of a binary classifier's two probabilities is the positive class's. A request of one row
// cannot tell, so that it is decided over many rows, once, and kept with the version.

namespace mlo::model {

/// As the version's record says, else, of a version of an earlier mlo, by the data that mlo.yaml
/// names for the model; nothing where that is not to be had, or shows one class alone.
std::optional<std::size_t> find_positive_column(workspace::Repository& repository,
                                                const ledger::ModelVersion& version,
                                                const Predictor& predictor);
/// Decides for a version that is to be registered, and records it in its signature.
void record_positive_column(workspace::Repository& repository, ledger::ModelVersion& version);

}  // namespace mlo::model
