#pragma once

#include <optional>

#include "ledger/policy/judge.h"

namespace mlo::ledger {

/// The policy in force after the entries of a database.
std::optional<PolicyInForce> policy_in_force(Database& entries);
/// The same as the rules take it; it borrows from `in_force`.
std::optional<Law> law_of(const std::optional<PolicyInForce>& in_force);

}  // namespace mlo::ledger
