#pragma once

#include "ledger/statement.h"
#include "mlo/ledger/records.h"

namespace mlo::ledger {

Evidence read_evidence(const Entry& entry);

}  // namespace mlo::ledger
