#include "mlo/workspace/from_here.h"

namespace mlo::workspace {

std::string from_here(const std::filesystem::path& root, std::string_view path) {
  std::error_code gone;
  const auto here = std::filesystem::current_path(gone);
  const auto below = here.lexically_relative(root);
  if (gone || below.empty() || below == "." || *below.begin() == "..") return std::string(path);
  return (root / path).lexically_relative(here).string();
}

std::string file_from_here(const std::filesystem::path& root, std::string_view path) {
  std::error_code gone;
  const auto near = std::filesystem::proximate(root / path, gone);
  return (gone ? root / path : near).string();
}

}  // namespace mlo::workspace
