#include "data/contract/byte_pattern.h"

#include <bitset>
#include <charconv>
#include <map>

#include <fmt/format.h>

namespace mlo::data {

namespace {

constexpr std::size_t kMostParts = 60;    // bits of a set of places
constexpr std::size_t kMostStates = 100;  // 256 bytes each: a table that stays in the cache

/// One character of the text. `may_miss`: none is fine too; `may_repeat`: so are more.
struct Part {
  std::bitset<256> bytes;
  bool may_miss = false;
  bool may_repeat = false;
};

/// Reads an expression; whatever it does not know makes it give up.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  std::optional<std::vector<Part>> read() {
    if (rest_.starts_with('^')) rest_.remove_prefix(1);
    while (!rest_.empty() && rest_ != "$") {
      const auto bytes = read_bytes();
      if (!bytes || !add_repeated(*bytes) || parts_.size() > kMostParts) return std::nullopt;
    }
    return std::move(parts_);
  }

 private:
  std::optional<std::bitset<256>> read_bytes() {
    std::bitset<256> bytes;
    if (rest_.starts_with('[')) return read_class();
    const auto byte = read_byte(".+*?()|[]{}^$");
    if (!byte) return std::nullopt;
    add(bytes, *byte, *byte);
    return bytes;
  }

  /// A character that is not `special`, or kDigits for `\d`; escaped punctuation is itself.
  std::optional<unsigned> read_byte(std::string_view special) {
    const bool is_escaped = rest_.starts_with('\\');
    if (is_escaped) rest_.remove_prefix(1);
    if (rest_.empty()) return std::nullopt;
    const char byte = rest_.front();
    rest_.remove_prefix(1);
    if (is_escaped && byte == 'd') return kDigits;
    if (is_escaped ? kPunctuation.find(byte) == kPunctuation.npos
                   : byte < ' ' || byte > '~' || special.find(byte) != special.npos)
      return std::nullopt;
    return static_cast<unsigned char>(byte);
  }

  std::optional<std::bitset<256>> read_class() {
    std::bitset<256> bytes;
    rest_.remove_prefix(1);
    do {
      const auto low = read_byte("[]^-");
      auto high = low;
      if (rest_.starts_with('-')) {
        rest_.remove_prefix(1);
        high = read_byte("[]^-");
        if (low == kDigits || high == kDigits) return std::nullopt;
      }
      if (!low || !high || *high < *low) return std::nullopt;
      add(bytes, *low, *high);
    } while (!rest_.starts_with(']'));
    rest_.remove_prefix(1);
    return bytes;
  }

  static void add(std::bitset<256>& bytes, unsigned low, unsigned high) {
    if (low == kDigits) return add(bytes, '0', '9');
    for (auto byte = low; byte <= high; ++byte) bytes.set(byte);
  }

  /// The part as often as what follows it says. False for a second word on that.
  bool add_repeated(const std::bitset<256>& bytes) {
    std::size_t least = 1;
    std::optional<std::size_t> most = 1;  // nothing: without end
    if (rest_.starts_with('{')) {
      if (!read_counts(least, most)) return false;
    } else if (!rest_.empty() && std::string_view("+*?").find(rest_.front()) != rest_.npos) {
      least = rest_.front() == '+' ? 1 : 0;
      most = rest_.front() == '?' ? std::optional<std::size_t>(1) : std::nullopt;
      rest_.remove_prefix(1);
    }
    if (!rest_.empty() && std::string_view("+*?{").find(rest_.front()) != rest_.npos) return false;
    if (least > kMostParts || most.value_or(0) > kMostParts) return false;
    for (std::size_t i = 0; i < least; ++i) parts_.push_back({.bytes = bytes});
    if (!most) parts_.push_back({.bytes = bytes, .may_miss = true, .may_repeat = true});
    for (std::size_t i = least; i < most.value_or(0); ++i)
      parts_.push_back({.bytes = bytes, .may_miss = true});
    return true;
  }

  /// "{2}", "{2,}" or "{2,4}".
  bool read_counts(std::size_t& least, std::optional<std::size_t>& most) {
    rest_.remove_prefix(1);
    if (!read_count(least)) return false;
    most = least;
    if (rest_.starts_with(',')) {
      rest_.remove_prefix(1);
      std::size_t limit = 0;
      most = std::nullopt;
      if (!rest_.starts_with('}')) {
        if (!read_count(limit) || limit < least) return false;
        most = limit;
      }
    }
    if (!rest_.starts_with('}')) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool read_count(std::size_t& count) {
    const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), count);
    if (problem != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  static constexpr unsigned kDigits = 256;  // no byte
  static constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^`{|}~";
  std::string_view rest_;
  std::vector<Part> parts_;
};

/// The places before which a match may stand: bit i for the i-th part, and one for the end.
using Places = std::uint64_t;

/// With those that are reached by leaving parts out.
Places closed(Places places, const std::vector<Part>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (((places >> i) & 1U) != 0 && parts[i].may_miss) places |= Places{1} << (i + 1);
  return places;
}

Places after(Places places, std::size_t byte, const std::vector<Part>& parts) {
  Places reached = 0;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (((places >> i) & 1U) != 0 && parts[i].bytes.test(byte))
      reached |= Places{1} << (parts[i].may_repeat ? i : i + 1);
  return closed(reached, parts);
}

}  // namespace

std::optional<BytePattern> BytePattern::compile(std::string_view expression) {
  const auto parts = Reader(expression).read();
  if (!parts) return std::nullopt;
  BytePattern pattern;
  std::vector<Places> states = {0, closed(1, *parts)};
  std::map<Places, std::uint8_t> known = {{states[0], 0}, {states[1], kStart}};
  for (std::size_t state = 0; state < states.size(); ++state) {
    auto& next = pattern.next_.emplace_back();
    for (std::size_t byte = 0; byte < next.size(); ++byte) {
      const auto places = after(states[state], byte, *parts);
      const auto [found, is_new] = known.emplace(places, static_cast<std::uint8_t>(states.size()));
      if (is_new) states.push_back(places);
      next[byte] = found->second;
    }
    if (states.size() > kMostStates) return std::nullopt;
    pattern.accepts_.push_back(((states[state] >> parts->size()) & 1U) != 0);
  }
  return pattern;
}

std::string test_of(std::string_view expression) {
  // In digits: SQL takes names that differ in case for one.
  return fmt::format("mlo_matches_{:02x}", fmt::join(expression, ""));
}

}  // namespace mlo::data
