#pragma once

#include <string_view>

#include "mlo/core/json.h"

namespace mlo::data {

/// `digits`, an integer or a decimal fraction in SQL's text, as JSON that tells it from every
/// other: an integer of 64 bits, a fraction of up to 15 figures as a double, all else as the text
/// itself.
Json exact_number(std::string_view digits);

}  // namespace mlo::data
