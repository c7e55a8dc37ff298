#pragma once

#include <string>

#include "mlo/core/file.h"
#include "mlo/workspace/repository.h"

namespace mlo::run {

/// Says that a run goes on, for as long as its process lives: the kernel takes the sign away.
class LifeSign {
 public:
  LifeSign(const workspace::Repository& repository, const std::string& run);

 private:
  FileLock lock_;
};

/// Whether a process still runs the run.
bool is_alive(const workspace::Repository& repository, const std::string& run);

}  // namespace mlo::run
