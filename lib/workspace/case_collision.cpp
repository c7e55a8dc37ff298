#include "workspace/case_collision.h"

#include <algorithm>
#include <cwctype>
#include <map>
#include <memory>
#include <tuple>
#include <type_traits>

#include <locale.h>  // NOLINT(modernize-deprecated-headers): newlocale is POSIX, not in <clocale>

#include "mlo/core/bytes.h"

namespace mlo::workspace {
namespace {

using Locale = std::unique_ptr<std::remove_pointer_t<locale_t>, decltype(&::freelocale)>;

/// Unicode's case tables, whatever the user's locale; none on a system without C.UTF-8, where only
/// ASCII is folded.
const Locale& unicode() {
  static const Locale kUnicode(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr), &::freelocale);
  return kUnicode;
}

char32_t fold(char32_t letter) {
  if (letter < 0x80) return letter >= U'A' && letter <= U'Z' ? letter + 0x20 : letter;
  if (!unicode()) return letter;
  // Up, then down: "ς" and "σ" are both small letters of "Σ".
  const auto upper = ::towupper_l(static_cast<wint_t>(letter), unicode().get());
  return static_cast<char32_t>(::towlower_l(upper, unicode().get()));
}

/// The code point at the start of well-formed `text`, which is shortened by it.
char32_t take_letter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t letter = length == 1 ? first : first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    letter = (letter << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  text.remove_prefix(length);
  return letter;
}

std::u32string folded(std::string_view name) {
  std::u32string letters;
  const bool is_text = is_utf8(name);
  while (!name.empty()) {
    if (is_text) {
      letters += fold(take_letter(name));
      continue;
    }
    const auto byte = static_cast<unsigned char>(name.front());
    // Beyond Unicode, so that no such byte is taken for a letter.
    letters += byte < 0x80 ? fold(byte) : char32_t{0x110000} + byte;
    name.remove_prefix(1);
  }
  return letters;
}

bool may_have_capitals(std::string_view name) {
  return std::ranges::any_of(
      name, [](char c) { return (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace

std::vector<CaseCollision> case_collisions(std::span<const std::string> names) {
  // Of two names that collide at least one has a letter that folding changes: the others, in most
  // folders all, need not be kept.
  std::map<std::u32string, std::vector<std::string>> alike;
  for (const auto& name : names)
    if (may_have_capitals(name)) alike[folded(name)].push_back(name);
  if (alike.empty()) return {};
  for (const auto& name : names) {
    if (may_have_capitals(name)) continue;
    const auto found = alike.find(std::u32string(name.begin(), name.end()));
    if (found != alike.end()) found->second.push_back(name);
  }
  std::vector<CaseCollision> collisions;
  for (auto& [letters, same] : alike) {
    std::ranges::sort(same);
    for (std::size_t i = 1; i < same.size(); ++i) collisions.push_back({same.front(), same[i]});
  }
  std::ranges::sort(collisions, {},
                    [](const CaseCollision& one) { return std::tie(one.first, one.second); });
  return collisions;
}

}  // namespace mlo::workspace
