#include "run/tracking/rows.h"

#include <cmath>
#include <limits>
#include <tuple>

#include <fmt/format.h>

#include "mlo/core/error.h"

namespace mlo::run {
namespace {

constexpr auto kNewSeries = R"sql(
  INSERT INTO metric_series (run, key) VALUES (?1, ?2) ON CONFLICT DO NOTHING
)sql";
constexpr auto kSeries = "SELECT id FROM metric_series WHERE run = ?1 AND key = ?2";
constexpr auto kPoint = R"sql(
  INSERT OR IGNORE INTO metric_point (series, at, step, value, not_a_number)
  VALUES (?1, ?2, ?3, ?4, ?5)
)sql";
constexpr auto kNewest = R"sql(
  INSERT INTO run_metric (run, key, value, not_a_number, step, at, entry)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, not_a_number = excluded.not_a_number,
    step = excluded.step, at = excluded.at, entry = NULL
  WHERE (excluded.step, excluded.at, excluded.value) >= (step, at, value)
)sql";
constexpr auto kPoints = R"sql(
  SELECT key, value, not_a_number, step, at
  FROM metric_series JOIN metric_point ON series = id WHERE run = ?1
  ORDER BY key, at, step, value
)sql";
constexpr auto kParam = "SELECT value FROM run_param WHERE run = ?1 AND key = ?2";

bool is_newer(const MetricPoint& point, const MetricPoint& than) {
  return std::tuple(point.step, point.at, point.value) >=
         std::tuple(than.step, than.at, than.value);
}

}  // namespace

double as_kept(double value) {
  constexpr auto kLargest = std::numeric_limits<double>::max();
  return std::isinf(value) ? std::copysign(kLargest, value) : value;
}

std::int64_t PointWriter::series(const std::string& key) {
  const auto known = series_.find(key);
  if (known != series_.end()) return known->second;
  const auto read = [](const Row& row) { return row.get<std::int64_t>(0); };
  auto found = database_.one(kSeries, read, run_, key);
  if (!found) {
    database_.run(kNewSeries, run_, key);
    found = database_.one(kSeries, read, run_, key);
  }
  return series_.emplace(key, found.value()).first->second;
}

void PointWriter::add(std::span<const MetricPoint> points) {
  for (auto point : points) {
    point.value = as_kept(point.value);
    const bool missing = std::isnan(point.value);
    database_.run(kPoint, series(point.key), point.at, point.step, missing ? 0.0 : point.value,
                  missing);
    const auto [newest, fresh] = newest_.emplace(point.key, point);
    if (!fresh && is_newer(point, newest->second)) newest->second = point;
  }
}

void PointWriter::show_newest() {
  for (const auto& [key, point] : newest_) {
    const bool missing = std::isnan(point.value);
    database_.run(kNewest, run_, key, missing ? 0.0 : point.value, missing, point.step, point.at);
  }
}

void each_point(Database& database, std::string_view run,
                const std::function<void(const MetricPoint&)>& visit) {
  constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
  database.each(kPoints, {Bound(run)}, [&](const Row& row) {
    visit({.key = row.get<std::string>(0),
           .value = row.get<bool>(2) ? kMissing : row.get<double>(1),
           .step = row.get<std::int64_t>(3),
           .at = row.get<Timestamp>(4)});
  });
}

std::string points_text(std::span<const MetricPoint> points) {
  std::string lines;
  for (const auto& point : points)
    lines += Json::object({{"kind", "metric"},
                           {"name", point.key},
                           {"value", std::isnan(point.value) ? Json("NaN") : as_kept(point.value)},
                           {"at", point.at.microseconds},
                           {"step", point.step}})
                 .dump() +
             "\n";
  return lines;
}

bool param_is_there(Database& database, const TrackedRun& run, const std::string& key,
                    const std::string& value) {
  const auto there = database.one(
      kParam, [](const Row& row) { return row.get<std::string>(0); }, run.id, key);
  if (there && *there != value)
    throw Error(ErrorKind::bad_input,
                "param '{}' of run '{}' is '{}' already and cannot become '{}': params are "
                "written once",
                key, hex_of_run(run.id), *there, value);
  return there.has_value();
}

Json typed_value(const std::string& text) {
  constexpr std::int64_t kExact = 1LL << 53U;
  constexpr std::size_t kLongest = 32;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > kLongest || !is_digit(text.back()) ||
      (text[0] != '-' && !is_digit(text[0])))
    return text;
  try {
    auto value = Json::parse(text);
    if (value.is_integer() && std::abs(value.as_integer()) <= kExact) return value;
    if (value.is_number() && !value.is_integer() && std::isfinite(value.as_number())) return value;
  } catch (const Error&) {
    return text;  // "1_000", "007"
  }
  return text;
}

}  // namespace mlo::run
