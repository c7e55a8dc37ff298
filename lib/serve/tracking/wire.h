#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mlo/core/json.h"

// What clients put into addresses and headers.

namespace mlo::serve::tracking {

/// %XX decoded. Throws bad_input for a '%' without two hexadecimal digits, or text that is not
/// UTF-8.
std::string percent_decoded(std::string_view text);
/// "a=1&b=2&b=3" as {"a": "1", "b": ["2", "3"]}.
Json query_fields(std::string_view query);
/// The secret of an Authorization header: a Bearer token, or the password of Basic.
std::optional<std::string> secret_of(std::string_view authorization);
/// Compares in a time that does not tell where the two differ.
bool same_secret(std::string_view left, std::string_view right);

}  // namespace mlo::serve::tracking
