#pragma once

#include <optional>
#include <vector>

#include "ledger/policy/judge.h"
#include "mlo/ledger/gate.h"

namespace mlo::ledger {

/// True for a promotion that goes past its gate.
bool is_break_glass(const Entry& entry);

/// See `approvals_of`.
std::vector<Vote> weigh_approvals(Database& views, const std::optional<Law>& law,
                                  const Candidate& candidate, const ApprovalRule& rule);

/// What a gate may look at, of the entries before the one that is judged.
GateFacts gate_facts(const Records& records, const std::optional<Law>& law,
                     const Candidate& candidate, const std::vector<Artifact>& datasets,
                     const GateDemands& demands);

/// Why a promotion that the actor may make may not be made: its gate did not pass, or what the
/// policy asks of the version is not met.
std::optional<Objection> object_to_promotion(const Records& records, const Law& law,
                                             const Entry& move);

}  // namespace mlo::ledger
