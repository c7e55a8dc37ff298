#pragma once

#include <set>
#include <span>
#include <string>

#include "run/training.h"

namespace mlo::run {

/// What is known of a run when it begins: name, params, git. Opens git.
ledger::Run begin_record(Training& training, std::span<const std::size_t> selected);
/// The same as a row of live runs, should the process be killed.
LiveRun live_run_of(const ledger::Run& run);

/// Adds what the steps did: their records, metrics, materials, products. `untold` are fingerprints
/// of cached steps whose outputs no finished run accounts for yet: this one does.
void add_steps(ledger::Run& run, std::span<const StepProgress> steps,
               const std::set<Digest>& untold);

/// Appends the run to the ledger and takes it off the live ones.
void append_run(Training& training, ledger::Run& run);

/// Records each run of this host whose process was killed as interrupted. The caller holds the
/// workspace's lock.
void close_dead_runs(workspace::Repository& repository, Journal& journal);

}  // namespace mlo::run
