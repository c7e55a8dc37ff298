#pragma once

#include <filesystem>

#include "mlo/core/file.h"

namespace mlo::store {

/// Writers share the store's lock, garbage collection has it alone. The kernel releases it when its
/// owner dies.
class StoreLock {
 public:
  enum class Mode { shared, alone };
  /// Throws conflict when others keep it for longer than `patience_ms`.
  StoreLock(const std::filesystem::path& folder, Mode mode, int patience_ms = 10'000);

 private:
  File file_;
};

}  // namespace mlo::store
