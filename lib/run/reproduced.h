#pragma once

#include <map>
#include <string>
#include <vector>

#include "mlo/run/reproduce.h"
#include "mlo/workspace/project.h"

// The parts of `reproduce`.

namespace mlo::run {

/// What a run did, as its record says: enough to do it again.
struct Recipe {
  workspace::Project project;            ///< its steps, params and name
  std::map<std::string, Digest> inputs;  ///< what no step made
};
/// From the fingerprints of the run's steps. Throws not_found when none is there.
Recipe recipe_of(workspace::Repository& repository, const ledger::Run& run);

/// Fills in outputs, metrics and the verdict from how it went this time.
void judge(Reproduction& reproduction, const Trained& again, double tolerance);
/// The packages, interpreter and machine in which two runs differ.
std::vector<Cause> environment_changes(const Json& then, store::ObjectStore& then_store,
                                       const Json& now, store::ObjectStore& now_store);

}  // namespace mlo::run
