#pragma once

#include <cstddef>

#include "mlo/core/json.h"
#include "mlo/ledger/records.h"

namespace mlo::model {

/// Room that evidence takes in an entry at most, as canonical JSON: in base64 four thirds as large,
/// which with what the ledger adds stays within an entry's 64 KiB.
constexpr std::size_t kMaxEvidenceBytes = 40'000;

/// Every check in full, for the object that the evidence names: {"target", "digest", "passed",
/// "inputs": [{"name", "digest"}], "checks": [as `mlo validate --json` lists them]}.
Json report_of(const ledger::Evidence& evidence);

/// `evidence` as it fits an entry: unchanged when it does, else as many checks as there is room
/// for, those that failed first and long texts cut, and how many more there are of each kind, so
/// that a gate finds the same verdict for every kind.
ledger::Evidence compact(const ledger::Evidence& evidence);

}  // namespace mlo::model
