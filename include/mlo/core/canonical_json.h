#pragma once

#include <optional>
#include <string_view>

#include "mlo/core/json.h"

namespace mlo {

/// The value of `text` when it is canonical JSON (RFC 8785) byte for byte, nothing when it is
/// anything else: the value for which `Json::parse(text, max_depth).canonical() == text`, read in
/// one pass. Ask `Json::parse` what is wrong with the rest.
std::optional<Json> parse_canonical(std::string_view text, int max_depth = 64);

/// `value` with the numbers that canonical JSON does not have as text: integers beyond 2^53 ("…009"
/// would become "…008" silently), "Infinity" and "NaN".
Json canonical_numbers(const Json& value);
/// The integers alone.
Json canonical_integers(const Json& value);

/// The order of member names in RFC 8785, that of their UTF-16 code units; both are UTF-8.
bool before_in_utf16(std::string_view left, std::string_view right);

}  // namespace mlo
