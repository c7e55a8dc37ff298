#pragma once

#include <string_view>

#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Throws not_allowed when the policy in force lets the actor do `action` ("train", "validate") to
/// nothing at all: asked before work whose entry would be refused. Who may do it to some things is
/// judged by the entry, which says what it was done to.
void require_action(Ledger& ledger, std::string_view action);

}  // namespace mlo::ledger
