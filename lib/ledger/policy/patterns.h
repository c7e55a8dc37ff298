#pragma once

#include <string_view>

namespace mlo::ledger {

/// Each star of a pattern is tried at every length: throws bad_input when it has more than eight.
void require_few_stars(std::string_view pattern);

}  // namespace mlo::ledger
