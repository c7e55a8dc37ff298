#pragma once

#include <string>
#include <vector>

#include "ledger/policy/judge.h"
#include "mlo/ledger/approvals.h"

namespace mlo::ledger {

/// What is to be moved, and when.
struct Candidate {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  Timestamp now;
};

/// True for a promotion that goes past its gate.
bool is_break_glass(const Entry& entry);

/// See `approvals_of`.
struct Vote {
  std::int64_t entry = -1;
  std::string actor;
  std::optional<Timestamp> expires;
  std::string why_not;  ///< empty: it counts
};
std::vector<Vote> weigh_approvals(Database& views, const std::optional<Law>& law,
                                  const Candidate& candidate, const ApprovalRule& rule);

/// Why a promotion that the actor may make may not be made: its gate did not pass, or what the gate
/// rests on is missing, failed, too old or not approved.
std::optional<Objection> object_to_promotion(const Records& records, const Law& law,
                                             const Entry& move);

}  // namespace mlo::ledger
