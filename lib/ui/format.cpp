#include "ui/format.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/figure.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"

namespace mlo::ui {
namespace {

constexpr std::size_t kBriefDigits = 12;

std::string shown_digest(const std::string& text) {
  const auto colon = text.find(':');
  return colon == std::string::npos ? text.substr(0, kBriefDigits)
                                    : text.substr(colon + 1, kBriefDigits);
}

/// "2026-11-23T08:44:00.123456Z" as "2026-11-23 08:44:00Z": the zone is said.
std::string shown_time(const std::string& text) {
  constexpr std::size_t kToTheSecond = 19;
  if (text.size() <= kToTheSecond || !text.ends_with('Z')) return printable(text);
  auto brief = text.substr(0, kToTheSecond) + 'Z';
  brief[10] = ' ';
  return brief;
}

std::string shown_list(const Json& value) {
  std::vector<std::string> parts;
  if (value.is_array())
    for (const auto& item : value.as_array()) parts.push_back(shown(item, Format::plain));
  else
    for (const auto& [key, member] : value.as_object())
      parts.push_back(key + "=" + shown(member, Format::number));
  return parts.empty() ? "–" : join(parts, ", ");
}

std::string shown_number(double value, Format format) {
  switch (format) {
    case Format::bytes: return format_bytes(static_cast<std::uint64_t>(std::max(value, 0.0)));
    case Format::share: return fmt::format("{:.1f} %", value * 100);
    case Format::number: return format_figure(value);
    case Format::duration:
      return format_duration(std::chrono::microseconds(std::llround(value * 1000)));
    case Format::count: return format_count(std::llround(value));
    default: return number_text(value);
  }
}

}  // namespace

std::string shown(const Json& value, Format format) {
  if (value.is_null()) return "–";
  if (value.is_bool()) {
    if (format == Format::verdict) return value.as_bool() ? "ok" : "FAILED";
    return value.as_bool() ? "yes" : "no";
  }
  if (value.is_integer() && (format == Format::plain || format == Format::number))
    return fmt::format("{}", value.as_integer());
  if (value.is_number()) return shown_number(value.as_number(), format);
  if (!value.is_string()) return shown_list(value);
  const auto& text = value.as_string();
  if (format == Format::digest) return shown_digest(text);
  if (format == Format::time) return shown_time(text);
  return printable(text);
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool aligns_right(Format format, const Json& value) {
  return value.is_number() || format == Format::bytes || format == Format::count;
}

}  // namespace mlo::ui
