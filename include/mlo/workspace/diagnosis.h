#pragma once

#include <filesystem>
#include <optional>
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

/// The version that `program --version` names; nothing when it is not in PATH or does not answer.
std::optional<std::string> program_version(const std::string& program);

}  // namespace mlo::workspace
