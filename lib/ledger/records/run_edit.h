#pragma once

#include "mlo/ledger/tracking.h"

namespace mlo::ledger {

constexpr auto kRunEditType = "urn:mlo:run-edit:v1";

RunEdit read_run_edit(const Entry& entry);
/// What a run is after the edit.
void apply(Run& run, const RunEdit& edit);

}  // namespace mlo::ledger
