#pragma once

#include <string_view>

#include "mlo/core/json.h"

namespace mlo {

/// A TOML 1.0 document as JSON; dates and times become text, as TOML writes them. Tables deeper
/// than 64 levels, and numbers that JSON has not (inf, nan), are refused.
/// Throws bad_input naming source, line and column.
Json parse_toml(std::string_view text, std::string_view source);

}  // namespace mlo
