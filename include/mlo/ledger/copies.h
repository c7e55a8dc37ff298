#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "mlo/core/registry.h"
#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

// Rows of mlo.db that a room above this one keeps beside the views: copies of objects that entries
// name, because rows answer quicker.

namespace mlo::ledger {

/// Finds copies in the repository's `folder` that are not what their objects say. It adds itself
/// from its own file; `Ledger::verify` asks it once the views are known to be what entries say,
/// within one state of the database.
using CopyCheck =
    std::function<std::vector<Problem>(Ledger&, const std::filesystem::path& folder, const World&)>;
Registry<CopyCheck>& copy_checks();

}  // namespace mlo::ledger
