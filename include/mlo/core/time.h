#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace mlo {

/// A moment: microseconds since 1970-01-01T00:00:00Z.
struct Timestamp {
  std::int64_t microseconds = 0;

  /// RFC 3339 in UTC with microseconds: "2026-11-23T08:44:00.000000Z".
  [[nodiscard]] std::string text() const;
  /// "2026-11-23 08:44:00Z", UTC, for people.
  [[nodiscard]] std::string brief() const;
  /// Reads RFC 3339 with "Z" or an offset and up to nine fraction digits. Throws bad_input.
  static Timestamp parse(std::string_view text);

  auto operator<=>(const Timestamp&) const = default;
};

/// Reads "90s", "10m", "1h", "7d" or "2w". Throws bad_input.
std::chrono::seconds parse_duration(std::string_view text);
/// "1.2 s", "350 ms", "2 m 05 s": three figures at most, for people.
std::string format_duration(std::chrono::microseconds span);

}  // namespace mlo
