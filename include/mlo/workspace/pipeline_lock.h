#pragma once

#include <stop_token>

#include "mlo/core/file.h"
#include "mlo/core/progress.h"
#include "mlo/workspace/repository.h"

// Two locks of a workspace, always taken in this order:
//
// - `.mlo/pipeline.lock`: its files change as a whole, in a checkout or for hours of a pipeline.
// - `.mlo/lock` (`Repository::lock`): something is recorded, as in `mlo.lock`: for moments.
//
// So nobody who tags, tracks or promotes waits for a training.

namespace mlo::workspace {

/// Takes the pipeline's lock. Says at once for whom it waits; throws conflict naming the holder
/// after `patience_ms`.
[[nodiscard]] FileLock lock_pipeline(const Repository& repository, Progress& progress,
                                     int patience_ms = 5000);

/// `Repository::lock` for who records something now. Says for whom it waits, unless that one is
/// through in a moment; throws conflict naming the holder after `patience_ms`.
[[nodiscard]] FileLock lock_workspace(const Repository& repository, Progress& progress,
                                      int patience_ms = 5000);

/// `Repository::lock` for who has hours of work to lose: waits as long as it takes, and says for
/// whom. Throws interrupted when `stop` is requested and a last wait was in vain.
[[nodiscard]] FileLock lock_patiently(const Repository& repository, Progress& progress,
                                      const std::stop_token& stop);

}  // namespace mlo::workspace
