#include "run/tracking/points.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "mlo/core/error.h"
#include "mlo/ledger/copies.h"
#include "mlo/run/recording.h"
#include "mlo/store/object_store.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

// A step of that name makes an output so, which is a product, too, and no copy of these rows.
constexpr auto kCopied = R"sql(
  SELECT min(digest) FROM run_file
  WHERE path = ?2 AND entry IN (SELECT entry FROM run_part WHERE run = ?1)
  GROUP BY path HAVING max(role) = 'product' AND min(role) = 'product'
)sql";
constexpr auto kWithRows = R"sql(
  SELECT id, entry FROM run WHERE EXISTS (SELECT 1 FROM metric_series WHERE run = run.id)
  ORDER BY entry
)sql";
constexpr auto kNoRows = "DELETE FROM metric_series WHERE run = ?1";
constexpr std::uint64_t kMaxPointsBytes = 1ULL << 30U;

/// One point as it is compared; the value of one that is no number is 0.
using Told = std::tuple<std::string, Timestamp, std::int64_t, bool, double>;

Told told(const MetricPoint& point) {
  const bool missing = std::isnan(point.value);
  return {point.key, point.at, point.step, missing, missing ? 0.0 : as_kept(point.value)};
}

/// Sorted, each once.
std::vector<Told> in_order(std::vector<Told> points) {
  std::ranges::sort(points);
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

Digest digest_of_rows(Database& database, std::string_view run) {
  Hasher hasher;
  each_point(database, run,
             [&](const MetricPoint& point) { hasher.update(points_text(std::span(&point, 1))); });
  return hasher.finish();
}

/// All that the object says is there, and nothing that neither it nor a later entry says.
bool rows_are(ledger::Ledger& ledger, const store::ObjectStore& store, std::string_view run,
              const Digest& object) {
  std::vector<Told> rows;
  each_point(ledger.database(), run,
             [&](const MetricPoint& point) { rows.push_back(told(point)); });
  std::vector<Told> points;
  for (const auto& point : points_in(store, object)) points.push_back(told(point));
  rows = in_order(std::move(rows));
  points = in_order(std::move(points));
  if (!std::ranges::includes(rows, points)) return false;
  for (const auto& late : ledger::late_points(ledger, run))
    for (const auto& point : points_in(store, late)) points.push_back(told(point));
  return std::ranges::includes(in_order(std::move(points)), rows);
}

/// What is wrong with the rows of a run; nothing when they are what its entries say.
std::optional<std::string> fault_in(ledger::Ledger& ledger, const store::ObjectStore& store,
                                    std::string_view run) {
  const auto object = copied_points(ledger.database(), run);
  // The usual case needs no look into the object: it was written from the same rows.
  if (!object || digest_of_rows(ledger.database(), run) == *object) return std::nullopt;
  try {
    if (rows_are(ledger, store, run, *object)) return std::nullopt;
  } catch (const Error& error) {
    return "the points of its metrics cannot be held against the object that it names: " +
           error.message();
  }
  return "the points of its metrics are not those of the object that it names";
}

struct WithRows {
  std::string run;
  std::int64_t entry = 0;
};
std::vector<WithRows> runs_with_rows(Database& database) {
  return database.all(kWithRows, [](const Row& row) {
    return WithRows{row.get<std::string>(0), row.get<std::int64_t>(1)};
  });
}

std::vector<ledger::Problem> check_points(ledger::Ledger& ledger,
                                          const std::filesystem::path& folder, const World& world) {
  const store::ObjectStore store(folder / "objects", world);
  std::vector<ledger::Problem> problems;
  for (const auto& [run, entry] : runs_with_rows(ledger.database()))
    if (auto fault = fault_in(ledger, store, run))
      problems.push_back({.entry = entry, .problem = std::move(*fault)});
  return problems;
}

const bool kRegistered = ledger::copy_checks().add("points of metrics", check_points);

}  // namespace

std::vector<MetricPoint> points_in(const store::ObjectStore& store, const Digest& object) {
  constexpr auto kMissing = std::numeric_limits<double>::quiet_NaN();
  std::vector<MetricPoint> points;
  for (const auto& point : read_points(store.read(object, kMaxPointsBytes), object.brief()))
    if (point.kind == RecordedPoint::Kind::metric)
      points.push_back({.key = point.name,
                        .value = point.value.is_string() ? kMissing : point.value.as_number(),
                        .step = point.step.value_or(0),
                        .at = point.at});
  return points;
}

std::optional<Digest> copied_points(Database& database, std::string_view run) {
  return database.one(
      kCopied, [](const Row& row) { return row.get<Digest>(0); }, run, kPointsName);
}

void renew_points(ledger::Ledger& ledger, const store::ObjectStore& store, std::string_view run) {
  auto& database = ledger.database();
  const auto object = copied_points(database, run);
  std::vector<MetricPoint> points;
  if (object) points = points_in(store, *object);
  for (const auto& late : ledger::late_points(ledger, run))
    if (store.contains(late)) std::ranges::move(points_in(store, late), std::back_inserter(points));
  Transaction transaction(database);
  if (object) database.run(kNoRows, run);
  PointWriter(database, run).add(points);
  transaction.commit();
}

std::int64_t mend_points(workspace::Repository& repository) {
  auto& ledger = repository.ledger();
  std::int64_t mended = 0;
  for (const auto& [run, entry] : runs_with_rows(ledger.database())) {
    const auto object = copied_points(ledger.database(), run);
    if (!object || !repository.store().contains(*object)) continue;
    if (!fault_in(ledger, repository.store(), run)) continue;
    renew_points(ledger, repository.store(), run);
    ++mended;
  }
  return mended;
}

}  // namespace mlo::run
