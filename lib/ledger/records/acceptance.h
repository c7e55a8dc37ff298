#pragma once

#include <optional>
#include <string>

#include "ledger/memory.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// `urn:mlo:acceptance:v1`: somebody goes on with a ledger that is not the one seen last. Keeps
/// what was wrong and both checkpoints, so that the gap stays visible for ever.
Statement acceptance(const std::string& problem, const std::optional<Memory::Seen>& seen,
                     const Memory::Seen& found);

}  // namespace mlo::ledger
