#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "mlo/core/world.h"

namespace mlo::workspace {

/// One thing that was looked at.
struct Diagnosis {
  std::string what;
  bool good = true;
  std::string detail;
  std::string hint;
};

/// Whether the repository around `folder` opens, and its files can be read; empty outside of one.
std::vector<Diagnosis> diagnose(const std::filesystem::path& folder, const World& world);

}  // namespace mlo::workspace
