#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "mlo/monitor/monitor.h"

namespace mlo::monitor {

/// Says one more thing beside what was noticed; nothing when `note` is empty.
void add_note(Watched& watched, const std::string& note);

/// Carries out what `mlo.yaml` says for each kind of what was noticed: alert entries, then at most
/// one retraining, whose versions are validated. What was refused (cooldown, nothing new to learn
/// from) is in `watched.note`.
void act_on(workspace::Repository& repository, Watched& watched, Progress& progress,
            const std::stop_token& stop);

}  // namespace mlo::monitor
