#include "model/scanners/scanner.h"

#include <algorithm>

namespace mlo::model {

Registry<Scanner>& scanners() {
  static Registry<Scanner> registry;
  return registry;
}

std::vector<Finding> scan_model(const std::filesystem::path& file,
                                const std::filesystem::path& name) {
  for (const auto& kind : scanners().names()) {
    const auto* scanner = scanners().find(kind);
    if (std::ranges::find(scanner->extensions, name.extension().string()) !=
        scanner->extensions.end())
      return scanner->scan(file);
  }
  return {
      {"known format", false, "no scanner knows files like '" + name.filename().string() + "'"}};
}

}  // namespace mlo::model
