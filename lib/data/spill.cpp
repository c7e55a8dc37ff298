#include "data/spill.h"

#include <algorithm>
#include <cstdint>

#include <fmt/core.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/world.h"

namespace mlo::data {

std::string memory_limit() {
  const auto pages = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PHYS_PAGES)));
  const auto page_bytes = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_PAGESIZE)));
  constexpr std::uint64_t kLeastBytes = 256U << 20U;
  return fmt::format("{}B", std::max(kLeastBytes, pages * page_bytes / 2));
}

std::unique_ptr<TemporaryFolder> spill_folder(const std::filesystem::path& scratch) {
  static const World kWorld = system_world();
  std::error_code problem;
  const auto system = std::filesystem::temp_directory_path(problem);
  for (const auto& parent : {scratch, system}) {
    if (parent.empty() || ::access(parent.c_str(), W_OK) != 0) continue;
    try {
      return std::make_unique<TemporaryFolder>(parent, kWorld);
    } catch (const Error&) {
      continue;  // the next one, or none: tables then have to fit
    }
  }
  return nullptr;
}

}  // namespace mlo::data
