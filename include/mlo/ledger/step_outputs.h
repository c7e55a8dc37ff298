#pragma once

#include <vector>

#include "mlo/ledger/records.h"

namespace mlo::ledger {

/// Whether some run made all of `outputs` by a step with this fingerprint, whatever others made of
/// it before and after. Costs a look at each run that knew the fingerprint: ask where
/// `cached_outputs` says something else.
bool once_made(Ledger& ledger, const Digest& fingerprint, const std::vector<Artifact>& outputs);

}  // namespace mlo::ledger
