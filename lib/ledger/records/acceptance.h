#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/memory.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// `urn:mlo:acceptance:v1`: somebody goes on with a ledger that is not the one seen last, or whose
/// last entry, `ahead`, was made where the clock was wrong. Keeps what was wrong and both
/// checkpoints, so that the gap stays visible for ever.
Statement acceptance(const std::string& problem, const std::optional<Memory::Seen>& seen,
                     const Memory::Seen& found, std::optional<std::int64_t> ahead);

/// Whether entry `number` of this kind accepts that the one before it is of a later time: times go
/// on from here.
bool accepts_clock(std::string_view predicate_type, const Json& predicate, std::int64_t number);

}  // namespace mlo::ledger
