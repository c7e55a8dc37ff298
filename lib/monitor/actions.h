#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "mlo/monitor/monitor.h"

namespace mlo::monitor {

/// Something that was noticed in a window.
struct Noticed {
  std::string kind;  ///< drift, decay, error
  std::string message;
};

/// Carries out what `mlo.yaml` says for each kind: alert entries, then at most one retraining,
/// whose versions are validated. What was refused (cooldown, nothing new to learn from) is in
/// `watched.note`.
void act_on(workspace::Repository& repository, const std::vector<Noticed>& noticed,
            Watched& watched, Progress& progress, const std::stop_token& stop);

}  // namespace mlo::monitor
