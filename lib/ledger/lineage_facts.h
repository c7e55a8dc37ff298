#pragma once

#include "mlo/core/database.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// What the ledger knows of a digest: the best name, and the facts that people ask for.
LineageNode node_for(Database& database, const Digest& digest);

}  // namespace mlo::ledger
