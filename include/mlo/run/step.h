#pragma once

#include <filesystem>
#include <stop_token>

#include "mlo/core/world.h"

// The side of a job that runs where an engine has put it: `mlo step`.

namespace mlo::run {

enum class StepOutcome {
  told,         ///< the command ended, well or not, and the result is there
  told_before,  ///< another start of this job had told its result already: nothing was done
  taken_over,   ///< a later start of this job has the right to it: nothing was told
};

/// Runs the attempt whose plan lies in `place` and leaves its result there. Throws interrupted when
/// it is stopped from outside; then there is no result.
StepOutcome run_step(const std::filesystem::path& place, const World& world,
                     const std::stop_token& stop);

}  // namespace mlo::run
