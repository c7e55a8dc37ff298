#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// Tracked datasets that have a contract file, or checks in `mlo.yaml`.
std::vector<std::string> contracted_datasets(workspace::Repository& repository);
/// Judges the tracked content of `typed` by its contract and the checks that `mlo.yaml` asks for.
/// Throws not_found when it is not tracked or has neither, conflict when the file is no longer what
/// was tracked.
ledger::Evidence judge_dataset(workspace::Repository& repository, const std::string& typed,
                               Progress& progress, const std::stop_token& stop);
/// Whether the dataset's contract and checks are now those that the evidence was judged by.
bool is_by_present_rules(workspace::Repository& repository, const ledger::Evidence& evidence);

}  // namespace mlo::model
