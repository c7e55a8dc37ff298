#include "mlo/core/canonical_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>

#include "mlo/core/bytes.h"

namespace mlo {
namespace {

constexpr std::int64_t kExact =
    1LL << 53U;  // beyond, it has those integers that a double is written as

constexpr std::uint64_t kOnes = 0x0101010101010101U;  // each of eight bytes is 1

/// Whether a byte of the eight is less than `limit`, at most 0x80 (Anderson, "Bit Twiddling
/// Hacks").
bool any_below(std::uint64_t eight, std::uint64_t limit) {
  return ((eight - kOnes * limit) & ~eight & (kOnes << 7U)) != 0;
}

/// How many bytes of `text` stand for themselves in a JSON string, before a quote or an escape;
/// looked through eight at a time, as the payload of an entry is one long string.
std::size_t plain_start(std::string_view text) {
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + sizeof eight <= text.size(); i += sizeof eight) {
    std::memcpy(&eight, text.data() + i, sizeof eight);
    if (any_below(eight, 0x20) || any_below(eight ^ kOnes * '"', 1) ||
        any_below(eight ^ kOnes * '\\', 1))
      break;
  }
  const auto rest = text.substr(i);
  const auto stop = std::ranges::find_if(rest, [](char letter) {
    return letter == '"' || letter == '\\' || static_cast<unsigned char>(letter) < 0x20;
  });
  return i + static_cast<std::size_t>(stop - rest.begin());
}

/// Every read moves on and tells whether what stood there is spelled as RFC 8785 spells it.
class CanonicalReader {
 public:
  CanonicalReader(std::string_view text, int max_depth) : rest_(text), max_depth_(max_depth) {}

  std::optional<Json> read() {
    Json value;
    if (!read_value(value, 0) || !rest_.empty()) return std::nullopt;
    return value;
  }

 private:
  bool take(char expected) {
    if (rest_.empty() || rest_.front() != expected) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  bool read_value(Json& value, int depth) {
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '{': return depth < max_depth_ && read_object(value, depth + 1);
      case '[': return depth < max_depth_ && read_array(value, depth + 1);
      case '"': {
        std::string text;
        if (!read_text(text)) return false;
        value = Json(std::move(text));
        return true;
      }
      case 'n': return take("null");
      case 't': value = Json(true); return take("true");
      case 'f': value = Json(false); return take("false");
      default: return read_number(value);
    }
  }

  bool read_object(Json& value, int depth) {
    rest_.remove_prefix(1);
    Json::Object members;
    if (!take('}')) {
      do {
        std::string name;
        if (!read_text(name) || !take(':')) return false;
        // Sorted without equals: a doubled name is refused here too.
        if (!members.empty() && !before_in_utf16(members.back().first, name)) return false;
        auto& member = members.emplace_back(std::move(name), Json());
        if (!read_value(member.second, depth)) return false;
      } while (take(','));
      if (!take('}')) return false;
    }
    value = Json(std::move(members));
    return true;
  }

  bool read_array(Json& value, int depth) {
    rest_.remove_prefix(1);
    Json::Array items;
    if (!take(']')) {
      do {
        if (!read_value(items.emplace_back(), depth)) return false;
      } while (take(','));
      if (!take(']')) return false;
    }
    value = Json(std::move(items));
    return true;
  }

  bool read_text(std::string& text) {
    if (!take('"')) return false;
    while (true) {
      const auto size = plain_start(rest_);
      text.append(rest_.substr(0, size));
      rest_.remove_prefix(size);
      if (take('"')) return is_utf8(text);
      if (!take('\\') || !read_escape(text)) return false;
    }
  }

  /// Only what cannot stand for itself is escaped, and by its short form where it has one.
  bool read_escape(std::string& text) {
    constexpr std::string_view kShort = "\"\\bfnrt";
    constexpr std::string_view kMeant = "\"\\\b\f\n\r\t";
    if (rest_.empty()) return false;
    const auto known = kShort.find(rest_.front());
    if (known != std::string_view::npos) {
      text += kMeant[known];
      rest_.remove_prefix(1);
      return true;
    }
    if (!take("u00") || rest_.size() < 2) return false;
    const auto digits = rest_.substr(0, 2);
    unsigned code = 0;
    const auto [end, problem] = std::from_chars(digits.begin(), digits.end(), code, 16);
    if (problem != std::errc() || end != digits.end() || code >= 0x20) return false;
    const auto letter = static_cast<char>(code);
    if (kMeant.find(letter) != std::string_view::npos || (digits[1] >= 'A' && digits[1] <= 'F'))
      return false;
    text += letter;
    rest_.remove_prefix(2);
    return true;
  }

  bool read_number(Json& value) {
    const auto size = std::min(rest_.find_first_not_of("+-.0123456789e"), rest_.size());
    const auto token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    std::int64_t integer = 0;
    const auto [end, problem] = std::from_chars(token.begin(), token.end(), integer);
    if (problem == std::errc() && end == token.end()) {
      value = Json(integer);
      const bool exact = integer >= -kExact && integer <= kExact;
      return (exact ? std::to_string(integer) : number_text(value.as_number())) == token;
    }
    double number = 0;
    const auto [last, wrong] = std::from_chars(token.begin(), token.end(), number);
    value = Json(number);
    return wrong == std::errc() && last == token.end() && std::isfinite(number) &&
           number_text(number) == token;
  }

  std::string_view rest_;
  int max_depth_;
};

/// UTF-8 sorts as code points do; UTF-16 has those beyond U+FFFF, whose first byte is F0 to F4, as
/// surrogates before U+E000, whose first byte is EE.
unsigned rank_in_utf16(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  if (byte < 0xEE) return byte;
  return byte < 0xF0 ? byte + 0x10U : byte - 2U;
}

/// `value` with each of its leaves, in lists and maps too, as `change` makes it.
Json with_leaves(const Json& value, const std::function<Json(const Json&)>& change) {
  if (value.is_array()) {
    Json items = Json::array();
    for (const auto& item : value.as_array()) items.add(with_leaves(item, change));
    return items;
  }
  if (!value.is_object()) return change(value);
  Json members = Json::object();
  for (const auto& [name, member] : value.as_object())
    members.append(name, with_leaves(member, change));
  return members;
}

Json integer_or_text(const Json& leaf) {
  if (!leaf.is_integer() || (leaf.as_integer() >= -kExact && leaf.as_integer() <= kExact))
    return leaf;
  return leaf.dump();
}

}  // namespace

std::optional<Json> parse_canonical(std::string_view text, int max_depth) {
  return CanonicalReader(text, max_depth).read();
}

Json canonical_integers(const Json& value) {
  return with_leaves(value, integer_or_text);
}

Json canonical_numbers(const Json& value) {
  return with_leaves(value, [](const Json& leaf) {
    const bool finite = !leaf.is_number() || std::isfinite(leaf.as_number());
    return finite ? integer_or_text(leaf) : Json(number_text(leaf.as_number()));
  });
}

bool before_in_utf16(std::string_view left, std::string_view right) {
  return std::ranges::lexicographical_compare(left, right, {}, rank_in_utf16, rank_in_utf16);
}

}  // namespace mlo
