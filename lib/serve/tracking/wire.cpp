#include "serve/tracking/wire.h"

#include "mlo/core/bytes.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::size_t hex_digit(char c) {
  return kHex.find(c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c);
}

std::optional<std::string> base64_decoded(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string decoded;
  unsigned pending = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = kBase64.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    pending = (pending << 6U) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    decoded += static_cast<char>((pending >> static_cast<unsigned>(bits)) & 0xFFU);
  }
  return decoded;
}

std::string form_decoded(std::string_view text) {
  std::string spaced(text);
  for (auto& c : spaced)
    if (c == '+') c = ' ';
  return percent_decoded(spaced);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::string_view::npos;
    const auto low = i + 2 < text.size() ? hex_digit(text[i + 2]) : std::string_view::npos;
    if (high == std::string_view::npos || low == std::string_view::npos)
      throw Error(ErrorKind::bad_input, "'{}' is no percent-encoded text",
                  printable(text.substr(0, 80)));
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (!is_utf8(decoded)) throw Error(ErrorKind::bad_input, "the address is not UTF-8");
  return decoded;
}

Json query_fields(std::string_view query) {
  Json fields = Json::object();
  if (query.empty()) return fields;
  for (const auto& part : split(query, '&')) {
    const auto equals = part.find('=');
    const auto name = form_decoded(std::string_view(part).substr(0, equals));
    const auto value = equals == std::string::npos ? "" : form_decoded(part.substr(equals + 1));
    const auto* there = fields.find(name);
    if (there == nullptr) {
      fields.set(name, value);
      continue;
    }
    auto all = there->is_array() ? *there : Json::array({*there});
    all.add(value);
    fields.set(name, std::move(all));
  }
  return fields;
}

std::optional<std::string> secret_of(std::string_view authorization) {
  if (authorization.starts_with("Bearer ")) return std::string(authorization.substr(7));
  if (!authorization.starts_with("Basic ")) return std::nullopt;
  const auto pair = base64_decoded(authorization.substr(6));
  if (!pair) return std::nullopt;
  const auto colon = pair->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return pair->substr(colon + 1);
}

bool same_secret(std::string_view left, std::string_view right) {
  unsigned difference = left.size() == right.size() ? 0 : 1;
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto other = right.empty() ? '\0' : right[i % right.size()];
    difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(other);
  }
  return difference == 0;
}

}  // namespace mlo::serve::tracking
