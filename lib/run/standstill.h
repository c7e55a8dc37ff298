#pragma once

#include <memory>

#include "mlo/workspace/sighting.h"
#include "run/training.h"

namespace mlo::run {

/// Where a call with nothing to do may keep that; null for one that says more than `mlo train`.
std::shared_ptr<workspace::Sighting> begin_sighting(const workspace::Repository& repository,
                                                    const TrainOptions& options);
/// All that decides what is to be done: mlo.yaml and what it includes, mlo.lock, what steps read
/// and make.
void note_all(workspace::Sighting& sighting, const Training& training);
/// Before a run begins: should it be killed, the next call has to look.
void forget_standstill(const workspace::Repository& repository);

}  // namespace mlo::run
