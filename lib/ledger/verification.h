#pragma once

#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Checks the whole ledger from its entries alone: see `Ledger::verify`.
Verification verify_ledger(Database& database);

}  // namespace mlo::ledger
