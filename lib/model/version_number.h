#pragma once

#include <cstdint>
#include <string_view>

#include "mlo/ledger/ledger.h"

namespace mlo::model {

/// What the next version of a model is called: numbers of removed versions are not given again.
std::int64_t next_number(ledger::Ledger& ledger, std::string_view model);

}  // namespace mlo::model
