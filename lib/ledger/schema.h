#pragma once

#include <filesystem>

#include "mlo/core/database.h"

namespace mlo::ledger {

/// Brings an opened database to the newest schema; a copy of an older one that holds something is
/// kept beside it as `mlo.db.before-<n>`. Throws conflict when it is of a newer mlo.
void migrate(Database& database, const std::filesystem::path& file);

}  // namespace mlo::ledger
