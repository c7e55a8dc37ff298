#pragma once

#include <set>

#include "ledger/policy/judge.h"

namespace mlo::ledger {

/// Administrators who agreed to a proposal with different keys that are in force, the proposer
/// among them.
std::vector<std::string> consents_to(Database& views, const Law& law, std::int64_t proposal);

/// Keys that are in force and an administrator's. One behind two names counts once.
std::set<Digest> keys_of_administrators(Database& views, const Law& law);

/// Why nobody could change the policy again once `policy` is in force; nothing when enough could.
std::optional<Objection> object_to_lockout(Database& views, const Policy& policy);

/// The rules of policies, proposals and consents.
std::optional<Objection> object_to_policy(const Records& records, const std::optional<Law>& law,
                                          const Entry& entry);

}  // namespace mlo::ledger
