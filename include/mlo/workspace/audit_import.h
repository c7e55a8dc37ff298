#pragma once

#include <cstdint>
#include <filesystem>

#include "mlo/core/world.h"
#include "mlo/ledger/proofs.h"

namespace mlo::workspace {

/// Makes `folder` a repository to read, of a bundle of a whole ledger that verifies: history,
/// lineage and reports work there, and nothing can be added, as the log's key is not in it.
/// Returns how many entries it has. Throws conflict when `folder` is a repository already.
std::int64_t import_audit(const std::filesystem::path& bundle, const ledger::Trusted& trusted,
                          const std::filesystem::path& folder, const World& world);

}  // namespace mlo::workspace
