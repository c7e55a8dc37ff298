#include "mlo/core/time.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "mlo/core/error.h"

namespace mlo {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<std::chrono::microseconds> clock;
};

Parts parts_of(Timestamp moment) {
  const std::chrono::sys_time<std::chrono::microseconds> point{
      std::chrono::microseconds(moment.microseconds)};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss(point - day)};
}

/// Reads `count` digits at `position` and moves past them.
int digits(std::string_view text, std::size_t& position, std::size_t count) {
  int value = 0;
  const auto piece = text.substr(std::min(position, text.size()), count);
  const auto [end, problem] = std::from_chars(piece.data(), piece.data() + piece.size(), value);
  if (problem != std::errc() || end != piece.data() + count || piece.front() == '-')
    throw Error(ErrorKind::bad_input, "'{}' is no time", text)
        .hint("a time reads 2026-11-23T08:44:00Z");
  position += count;
  return value;
}

void expect(std::string_view text, std::size_t& position, std::string_view allowed) {
  if (position >= text.size() || allowed.find(text[position]) == std::string_view::npos)
    throw Error(ErrorKind::bad_input, "'{}' is no time", text)
        .hint("a time reads 2026-11-23T08:44:00Z");
  ++position;
}

std::int64_t fraction_micros(std::string_view text, std::size_t& position) {
  if (position >= text.size() || text[position] != '.') return 0;
  ++position;
  std::int64_t micros = 0;
  std::int64_t unit = kMicrosPerSecond / 10;
  const auto start = position;
  for (; position < text.size() && text[position] >= '0' && text[position] <= '9'; ++position) {
    micros += (text[position] - '0') * unit;
    unit /= 10;
  }
  if (position == start || position - start > 9)
    throw Error(ErrorKind::bad_input, "'{}' is no time", text);
  return micros;
}

std::int64_t offset_seconds(std::string_view text, std::size_t& position) {
  if (position < text.size() && (text[position] == 'Z' || text[position] == 'z')) {
    ++position;
    return 0;
  }
  const auto sign = position;
  expect(text, position, "+-");
  const int hours = digits(text, position, 2);
  expect(text, position, ":");
  const int minutes = digits(text, position, 2);
  return (text[sign] == '-' ? -1 : 1) * (hours * 3600LL + minutes * 60LL);
}

}  // namespace

std::string Timestamp::text() const {
  const auto [date, clock] = parts_of(*this);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

std::string Timestamp::brief() const {
  auto full = text();
  full[10] = ' ';
  return full.substr(0, 19) + 'Z';
}

Timestamp Timestamp::parse(std::string_view text) {
  std::size_t at = 0;
  const int year = digits(text, at, 4);
  expect(text, at, "-");
  const auto month = static_cast<unsigned>(digits(text, at, 2));
  expect(text, at, "-");
  const auto day = static_cast<unsigned>(digits(text, at, 2));
  expect(text, at, "Tt ");
  const int hours = digits(text, at, 2);
  expect(text, at, ":");
  const int minutes = digits(text, at, 2);
  expect(text, at, ":");
  const int seconds = digits(text, at, 2);
  const std::int64_t micros = fraction_micros(text, at);
  const std::int64_t offset = offset_seconds(text, at);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hours > 23 || minutes > 59 || seconds > 60 || at != text.size())
    throw Error(ErrorKind::bad_input, "'{}' is no time", text)
        .hint("a time reads 2026-11-23T08:44:00Z");
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t in_day = hours * 3600LL + minutes * 60LL + seconds - offset;
  return {(days * 86'400LL + in_day) * kMicrosPerSecond + micros};
}

std::chrono::seconds parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, count);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kUnits{
      {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}, {"w", 604'800}}};
  if (problem == std::errc() && count >= 0 && count < 1'000'000'000)
    for (const auto& [name, seconds] : kUnits)
      if (unit == name) return std::chrono::seconds(count * seconds);
  throw Error(ErrorKind::bad_input, "'{}' is no span of time", text)
      .hint("write a count and a unit: 90s, 10m, 1h, 7d, 2w");
}

std::string format_duration(std::chrono::microseconds span) {
  // What was measured in whole milliseconds took some time nevertheless.
  if (span.count() == 0) return "< 1 ms";
  const auto micros = static_cast<double>(span.count());
  if (micros < 1e3) return fmt::format("{:.0f} µs", micros);
  if (micros < 1e5) return fmt::format("{:.1f} ms", micros / 1e3);
  if (micros < 9.995e5) return fmt::format("{:.0f} ms", micros / 1e3);
  if (micros < 6e7) return fmt::format("{:.1f} s", micros / 1e6);
  const auto seconds = static_cast<std::int64_t>(std::llround(micros / 1e6));
  if (seconds < 3600) return fmt::format("{} m {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {:02} m", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace mlo
