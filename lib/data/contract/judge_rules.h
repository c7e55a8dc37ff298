#pragma once

#include <string_view>
#include <vector>

#include "mlo/data/contract.h"

namespace mlo::data {

/// The contract's `rules` over the table, one result each, without target. What `check` says of
/// strangers' expressions holds here.
std::vector<CheckResult> judge_rules(const Contract& contract, const Table& table,
                                     const CheckSituation& situation);

}  // namespace mlo::data
