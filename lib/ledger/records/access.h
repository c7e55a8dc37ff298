#pragma once

#include <span>
#include <string>

#include "mlo/ledger/approvals.h"

namespace mlo::ledger {

/// The entry that tells of reads.
Statement access_statement(const std::string& how, std::span<const Access> accesses);

}  // namespace mlo::ledger
