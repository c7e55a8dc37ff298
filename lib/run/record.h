#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

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

/// The fingerprints that a run accounts for.
std::vector<Digest> told_by(const ledger::Run& run);
std::vector<ledger::Artifact> artifacts_of(const std::vector<StoredOutput>& outputs);
/// By path.
std::vector<ledger::Artifact> artifacts_of(const std::map<std::string, Digest>& contents);

}  // namespace mlo::run
