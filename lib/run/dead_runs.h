#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"
#include "run/journal.h"

namespace mlo::run {

/// Records each run of this host whose process was killed as interrupted; warns of one that cannot
/// be. The caller holds the pipeline's lock.
void close_dead_runs(workspace::Repository& repository, Journal& journal, Progress& progress);

/// Those that nobody has recorded yet, as nobody has trained since, or may write here: what their
/// entries will say, without what steps recorded.
std::vector<ledger::Run> dead_runs(workspace::Repository& repository);
/// One of them by its id, the beginning of it, or its name.
std::optional<ledger::Run> find_dead_run(workspace::Repository& repository, std::string_view text);

}  // namespace mlo::run
