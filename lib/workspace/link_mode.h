#pragma once

#include <filesystem>

#include "mlo/core/file.h"
#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// How working files come from the store: setting `workspace.link`.
enum class LinkMode {
  copy,     ///< bytes of their own
  reflink,  ///< shared until one of both is changed, where the file system can; else copied
  hardlink  ///< the store's own file, read-only; where it cannot be, copied
};

/// The mode in force; `auto` is reflink where the file system can, else copy. Throws bad_input for
/// another word.
LinkMode link_mode(const Repository& repository);
/// True when `target`, just made and empty, shares the bytes of `source` now.
bool clone(const std::filesystem::path& source, File& target);
/// Whether the file system of `folder` can share bytes between files.
bool can_clone(const std::filesystem::path& folder, const World& world);

}  // namespace mlo::workspace
