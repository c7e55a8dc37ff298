#pragma once

#include <string_view>

#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// Throws not_allowed when the policy in force lets the actor do `action` ("train", "validate") to
/// nothing at all, conflict when the clock is behind the ledger: asked before work whose entry
/// would be refused. Who may do it to some things is judged by the entry, which says what it was
/// done to.
void require_action(Ledger& ledger, std::string_view action, const World& world);

}  // namespace mlo::ledger
