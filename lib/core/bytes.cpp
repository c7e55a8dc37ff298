#include "mlo/core/bytes.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "mlo/core/error.h"

namespace mlo {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t kNoDigit = 0xFF;
using Values = std::array<std::uint8_t, 256>;  // what each letter stands for, or kNoDigit

/// A search among the digits would cost more than all the rest of decoding.
constexpr Values values_of(std::string_view digits) {
  Values values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < digits.size(); ++i)
    values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
  return values;
}

constexpr auto kBase64Values = values_of(kBase64);
constexpr auto kHexValues = [] {
  auto values = values_of(kHex);
  for (const char upper : std::string_view("ABCDEF"))
    values[static_cast<unsigned char>(upper)] = static_cast<std::uint8_t>(upper - 'A' + 10);
  return values;
}();

std::uint32_t value_in(const Values& values, char letter) {
  return values[static_cast<unsigned char>(letter)];
}

unsigned hex_value(char digit) {
  const auto value = value_in(kHexValues, digit);
  if (value == kNoDigit) throw Error(ErrorKind::bad_input, "'{}' is no hexadecimal digit", digit);
  return value;
}

/// The 24 bits of four letters. Digits are below 64: one comparison finds a letter that is none.
std::uint32_t base64_group(const char* letters) {
  const auto a = value_in(kBase64Values, letters[0]);
  const auto b = value_in(kBase64Values, letters[1]);
  const auto c = value_in(kBase64Values, letters[2]);
  const auto d = value_in(kBase64Values, letters[3]);
  if ((a | b | c | d) == kNoDigit)
    throw Error(ErrorKind::bad_input, "malformed base64: unexpected character");
  return a << 18U | b << 12U | c << 6U | d;
}

/// How many letters of ASCII `text` begins with; eight at a time, as nearly all texts are nothing
/// else.
std::size_t ascii_start(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if ((eight & kHighBits) != 0) break;
  }
  while (i < text.size() && static_cast<unsigned char>(text[i]) < 0x80) ++i;
  return i;
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
  if (text.empty()) return {};
  const std::size_t last = text.size() - 4;
  Bytes bytes(last / 4 * 3);
  auto* out = bytes.data();
  for (std::size_t i = 0; i < last; i += 4) {
    const auto group = base64_group(text.data() + i);
    *out++ = static_cast<std::byte>(group >> 16U);
    *out++ = static_cast<std::byte>(group >> 8U & 0xFFU);
    *out++ = static_cast<std::byte>(group & 0xFFU);
  }
  const std::size_t padding = !text.ends_with('=') ? 0 : text.ends_with("==") ? 2 : 1;
  auto letters = std::string(text.substr(last));
  letters.replace(4 - padding, padding, padding, kBase64.front());
  const auto group = base64_group(letters.data());
  // Trailing bits that no encoder writes would give one value two spellings.
  if ((padding == 1 && (group & 0xFFU) != 0) || (padding == 2 && (group & 0xFFFFU) != 0))
    throw Error(ErrorKind::bad_input, "malformed base64: trailing bits");
  for (std::size_t k = 0; k < 3 - padding; ++k)
    bytes.push_back(static_cast<std::byte>(group >> (16U - 8U * k) & 0xFFU));
  return bytes;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    i += ascii_start(text.substr(i));
    if (i == text.size()) break;
    const auto first = static_cast<unsigned char>(text[i]);
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
