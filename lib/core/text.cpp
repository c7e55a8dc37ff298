#include "mlo/core/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "mlo/core/error.h"

namespace mlo {
namespace {

/// Levenshtein distance.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t above = row[j];
      const std::size_t change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      row[j] = std::min({above + 1, row[j - 1] + 1, change});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  // A slip changes a letter or two; more is another word.
  std::size_t limit = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < limit && distance < candidate.size()) {
      best = candidate;
      limit = distance;
    }
  }
  return best;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, start)) {
    parts.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  parts.emplace_back(text.substr(start));
  return parts;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string format_bytes(std::uint64_t size_bytes) {
  if (size_bytes < 1000) return fmt::format("{} B", size_bytes);
  constexpr std::array<std::string_view, 5> kUnits{"kB", "MB", "GB", "TB", "PB"};
  auto size = static_cast<double>(size_bytes) / 1000;
  std::size_t unit = 0;
  for (; size >= 999.5 && unit + 1 < kUnits.size(); ++unit) size /= 1000;
  return fmt::format("{:.{}f} {}", size, size < 99.95 ? 1 : 0, kUnits[unit]);
}

std::uint64_t parse_bytes(std::string_view text) {
  double count = 0;
  const auto trimmed = trim(text);
  const auto* last = trimmed.data() + trimmed.size();
  const auto [end, problem] = std::from_chars(trimmed.data(), last, count);
  const auto unit = trim(std::string_view(end, static_cast<std::size_t>(last - end)));
  constexpr std::array<std::pair<std::string_view, double>, 11> kUnits{{{"", 1},
                                                                        {"B", 1},
                                                                        {"kB", 1e3},
                                                                        {"KB", 1e3},
                                                                        {"MB", 1e6},
                                                                        {"GB", 1e9},
                                                                        {"TB", 1e12},
                                                                        {"KiB", 1024.0},
                                                                        {"MiB", 1048576.0},
                                                                        {"GiB", 1073741824.0},
                                                                        {"TiB", 1099511627776.0}}};
  if (problem == std::errc() && count >= 0 && count < 1e15)
    for (const auto& [name, factor] : kUnits)
      if (unit == name && count * factor < 1e18)
        return static_cast<std::uint64_t>(std::llround(count * factor));
  throw Error(ErrorKind::bad_input, "'{}' is no size", text)
      .hint("write a count and a unit: 800 kB, 50 MB, 1.5 GiB");
}

std::string format_count(std::int64_t count) {
  auto text = fmt::format("{}", count);
  const std::size_t first = count < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3;
       at > static_cast<std::ptrdiff_t>(first); at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string format_count(std::int64_t count, std::string_view noun) {
  auto counted = fmt::format("{} {}", format_count(count), noun);
  if (count == 1) return counted;
  return counted + (noun.ends_with('s') || noun.ends_with("ch") ? "es" : "s");
}

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7F)
      clean += c;
    else if (c == '\n' || c == '\t')
      clean += c == '\n' ? "\\n" : "\\t";
    else
      clean += fmt::format("\\x{:02x}", code);
  }
  return clean;
}

}  // namespace mlo
