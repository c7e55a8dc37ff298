#include "mlo/core/bytes.h"

#include <array>
#include <cstdint>

#include "mlo/core/error.h"

namespace mlo {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

unsigned hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A') + 10;
  throw Error(ErrorKind::bad_input, "'{}' is no hexadecimal digit", digit);
}

constexpr std::uint8_t kNoBase64 = 0xFF;

/// What each letter stands for; a search in kBase64 would cost more than all the rest of decoding.
constexpr auto kBase64Values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoBase64);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::uint8_t>(i);
  return values;
}();

std::uint32_t base64_value(char letter) {
  const auto value = kBase64Values[static_cast<unsigned char>(letter)];
  if (value == kNoBase64)
    throw Error(ErrorKind::bad_input, "malformed base64: unexpected character");
  return value;
}

/// How many bytes a UTF-8 sequence of several, starting with `first`, has; 0 when none does.
std::size_t sequence_length(unsigned first) {
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

}  // namespace

std::string to_hex(BytesView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    text += kHex[value >> 4U];
    text += kHex[value & 15U];
  }
  return text;
}

Bytes from_hex(std::string_view text) {
  if (text.size() % 2 != 0) throw Error(ErrorKind::bad_input, "hexadecimal text of odd length");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(hex_value(text[i]) << 4U | hex_value(text[i + 1])));
  return bytes;
}

std::string to_base64(BytesView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? kBase64[group >> (18U - 6U * k) & 63U] : '=';
  }
  return text;
}

Bytes from_base64(std::string_view text) {
  if (text.size() % 4 != 0) throw Error(ErrorKind::bad_input, "malformed base64: bad length");
  Bytes bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    const bool last = i + 4 == text.size();
    std::size_t padding = 0;
    if (last && text[i + 3] == '=') padding = text[i + 2] == '=' ? 2 : 1;
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k)
      group = group << 6U | (k < 4 - padding ? base64_value(text[i + k]) : 0U);
    // Trailing bits that no encoder writes would give one value two spellings.
    if ((padding == 1 && (group & 0xFFU) != 0) || (padding == 2 && (group & 0xFFFFU) != 0))
      throw Error(ErrorKind::bad_input, "malformed base64: trailing bits");
    for (std::size_t k = 0; k < 3 - padding; ++k)
      bytes.push_back(static_cast<std::byte>(group >> (16U - 8U * k) & 0xFFU));
  }
  return bytes;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t length = sequence_length(first);
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0U) != 0x80U) return false;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool too_large = first == 0xF4 && second >= 0x90;
    if (overlong || surrogate || too_large) return false;
    i += length;
  }
  return true;
}

}  // namespace mlo
