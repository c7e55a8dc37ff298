#include "run/import/foreign_run.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "mlo/core/bytes.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kFarthest = 253'402'300'799'999;  // milliseconds: the end of year 9999

fs::path resolved(const fs::path& path) {
  std::error_code problem;
  auto real = fs::weakly_canonical(path, problem);
  return problem ? fs::path() : real;
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  if (folder.empty() || path.empty()) return false;
  const auto below = path.lexically_relative(folder);
  return !below.empty() && *below.begin() != "..";
}

/// A number that a whole one can hold. Throws bad_input.
std::int64_t whole(double value, std::string_view text) {
  constexpr double kMost = 9e18;
  if (value >= -kMost && value <= kMost) return static_cast<std::int64_t>(value);
  throw Error(ErrorKind::bad_input, "'{}' is no whole number", printable(text.substr(0, 60)));
}

}  // namespace

Reach::Reach(const fs::path& place, const fs::path& named)
    : place_(resolved(place)), named_(named.empty() ? named : resolved(named)) {}

bool Reach::holds(const fs::path& path) const {
  return lies_in(resolved(path), place_) || is_named(path);
}

bool Reach::is_named(const fs::path& path) const {
  return lies_in(resolved(path), named_);
}

void Reach::check(const fs::path& path) const {
  if (fs::exists(path) && !holds(path))
    throw Error(ErrorKind::bad_input, "'{}' leads out of '{}'", path.string(), place_.string())
        .hint("--artifacts DIR names a further folder to take files from");
}

void check_texts(const ForeignRun& run) {
  const auto check = [](std::string_view text) {
    if (!is_utf8(text))
      throw Error(ErrorKind::bad_input, "'{}' is no UTF-8 text", printable(text.substr(0, 60)));
  };
  for (const auto* text : {&run.id, &run.experiment, &run.name, &run.user}) check(*text);
  for (const auto* pairs : {&run.facts.params, &run.facts.tags})
    for (const auto& [key, value] : *pairs) {
      check(key);
      check(value);
    }
  for (const auto& point : run.facts.metrics) check(point.key);
}

std::optional<ForeignRun> try_to_read(const Intake& intake, const std::string& id,
                                      const std::function<ForeignRun()>& read) {
  try {
    auto run = read();
    check_texts(run);
    return run;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
    intake.leave_out(id, error);
    return std::nullopt;
  }
}

void take_artifacts(const fs::path& folder, const Reach& reach, ForeignRun& run) {
  if (fs::is_directory(folder)) (reach.holds(folder) ? run.artifacts : run.left_out) = folder;
}

void each_line(const fs::path& file, std::uint64_t max_bytes,
               const std::function<void(const std::string& line, std::size_t number)>& use) {
  std::size_t number = 0;
  try {
    for (const auto& line : split(read_file(file, max_bytes), '\n')) use(line, ++number);
  } catch (Error& error) {
    error.while_doing(fmt::format("reading '{}', line {}", file.string(), number));
    throw;
  }
}

double parse_value(std::string_view text) {
  if (text == "nan" || text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf" || text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-inf" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size())
    throw Error(ErrorKind::bad_input, "'{}' is no number", printable(text.substr(0, 60)));
  return value;
}

MetricPoint parse_metric_line(std::string_view line, const std::string& key) {
  const auto parts = split(trim(line), ' ');
  if (parts.size() < 2 || parts.size() > 5)
    throw Error(ErrorKind::bad_input, "'{}' is no point: time, value, step",
                printable(line.substr(0, 60)));
  MetricPoint point{.key = key, .value = parse_value(parts[1])};
  point.at = time_from_milliseconds(parts[0]);
  if (parts.size() > 2) point.step = parse_step(parts[2]);
  return point;
}

std::int64_t parse_step(std::string_view text) {
  return whole(parse_value(text), text);
}

Timestamp time_from_milliseconds(std::int64_t milliseconds) {
  if (milliseconds < 0 || milliseconds > kFarthest)
    throw Error(ErrorKind::bad_input, "{} is no time in milliseconds", milliseconds);
  return {milliseconds * 1000};
}

Timestamp time_from_milliseconds(std::string_view text) {
  return time_from_milliseconds(whole(parse_value(text), text));
}

}  // namespace mlo::run
