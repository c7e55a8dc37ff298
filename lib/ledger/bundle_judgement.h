#pragma once

#include <vector>

#include "ledger/bundle.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Judges the entries of a part of a ledger by the policies, identities and evidence that came with
/// them: those that were not allowed. What such a part cannot tell is added to `unjudged`.
std::vector<Problem> judge_part(const Bundle& bundle, std::vector<Unjudged>& unjudged);

}  // namespace mlo::ledger
