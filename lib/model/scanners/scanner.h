#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mlo/core/registry.h"

namespace mlo::model {

struct Finding {
  std::string name;  ///< what was looked for: "external data"
  bool passed = false;
  std::string message;  ///< what was found
};

/// Looks at a model file without running it.
struct Scanner {
  std::vector<std::string> extensions;
  std::function<std::vector<Finding>(const std::filesystem::path&)> scan;
};
Registry<Scanner>& scanners();

/// Findings for a file whose kind the extension of `name` tells; a kind that nobody knows fails.
std::vector<Finding> scan_model(const std::filesystem::path& file,
                                const std::filesystem::path& name);

}  // namespace mlo::model
