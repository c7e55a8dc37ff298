#pragma once

#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "mlo/core/world.h"
#include "mlo/ledger/approvals.h"

namespace mlo::ledger {

/// As `record_access`, on a thread of its own: whoever is going to read much prepares meanwhile,
/// and what makes the entry safe from a power cut too is done while they read. Until it is gone,
/// nobody else uses the ledger.
class Telling {
 public:
  /// Judges at once: throws not_allowed as `record_access` does. `folder` is the ledger's.
  Telling(Ledger& ledger, const std::filesystem::path& folder, const World& world,
          const std::string& how, const std::vector<Access>& accesses);
  ~Telling();
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  /// Returns when the entry is in the ledger, and before that nothing is read. Throws what kept it
  /// from being there.
  void wait();

 private:
  std::future<void> told_;
  std::future<void> settled_;
};

}  // namespace mlo::ledger
