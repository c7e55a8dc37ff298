#pragma once

#include "ledger/statement.h"
#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Adds what only the ledger knows at the moment of writing and SLSA's VSA asks for: when it was
/// decided, and the digests of the entries that were weighed. Other statements stay as they are.
/// Throws not_found when a weighed entry is not there.
Statement complete_decision(Database& database, const Statement& statement, Timestamp now);

}  // namespace mlo::ledger
