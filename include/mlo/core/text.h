#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mlo {

/// The candidate with the smallest edit distance to `word`, if that is small enough to be a slip.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);

/// "12.3 kB": powers of 1000, three figures, for people.
std::string format_bytes(std::uint64_t size_bytes);
/// Reads "50 MB", "1.5 GiB", "800" (bytes). Throws bad_input.
std::uint64_t parse_bytes(std::string_view text);
/// 1234567 as "1,234,567".
std::string format_count(std::int64_t count);
/// "1 row", "1,234 rows": `noun` in the singular; its plural takes an s, after "s" and "ch" an es.
std::string format_count(std::int64_t count, std::string_view noun);

/// `text` with control characters (terminal escapes among them) replaced, fit for a terminal line.
std::string printable(std::string_view text);

}  // namespace mlo
