#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlo {

using Bytes = std::vector<std::byte>;
using BytesView = std::span<const std::byte>;

/// The bytes of `text`, borrowed.
inline BytesView bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}
/// `bytes` seen as text, borrowed.
inline std::string_view text_of(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(std::string_view text) {
  const auto view = bytes_of(text);
  return {view.begin(), view.end()};
}

/// Lower-case hexadecimal.
std::string to_hex(BytesView bytes);
/// Throws bad_input on an odd length or a character that is not a hexadecimal digit.
Bytes from_hex(std::string_view text);

/// Standard base64 with padding (RFC 4648 §4), as DSSE and signed notes use it.
std::string to_base64(BytesView bytes);
/// Strict: throws bad_input on a wrong alphabet, missing padding or non-zero trailing bits.
Bytes from_base64(std::string_view text);

/// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_utf8(std::string_view text);

}  // namespace mlo
