#include "run/recorded.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::run {
namespace {

constexpr std::uint64_t kMaxRecordBytes = 1ULL << 30U;
constexpr std::string_view kRecordEnding = ".points";

constexpr auto kRecorded = R"sql(
  SELECT run_step.fingerprint, run_file.digest
  FROM run_file JOIN run_step ON run_step.entry = run_file.entry
                             AND run_step.position = run_file.step
  WHERE run_file.path >= 'records/' AND run_file.path < 'records0'
    AND run_file.role = 'output' AND run_step.fingerprint IS NOT NULL
  ORDER BY run_file.entry
)sql";

Recorded sum_up(const std::string& text, const std::string& step, const Digest& digest) {
  Recorded recorded;
  const auto source = fmt::format("records/{}.jsonl", step);
  for (const auto& point : read_points(text, source)) {
    switch (point.kind) {
      case RecordedPoint::Kind::metric:
        if (point.value.is_number()) recorded.metrics.set(point.name, as_metric(point.value));
        break;
      case RecordedPoint::Kind::param:
        recorded.params.set(point.name, canonical_integers(point.value));
        break;
      case RecordedPoint::Kind::artifact:
        recorded.artifacts.push_back(
            {point.name, Digest::parse(point.value.at("digest").as_string())});
    }
  }
  recorded.artifacts.push_back({source, digest});
  return recorded;
}

}  // namespace

std::filesystem::path record_file(const std::filesystem::path& scratch, const std::string& step) {
  return scratch / (step + std::string(kRecordEnding));
}

std::optional<std::string> step_of_record(const std::filesystem::path& file) {
  const auto name = file.filename().string();
  if (!name.ends_with(kRecordEnding)) return std::nullopt;
  return name.substr(0, name.size() - kRecordEnding.size());
}

Recorded keep_recorded(workspace::SnapshotBatch& files, const std::filesystem::path& scratch,
                       const std::string& step) {
  const auto file = record_file(scratch, step);
  if (!status_of(file)) return {};
  const auto text = read_file(file, kMaxRecordBytes);
  if (text.empty()) return {};
  return sum_up(text, step, files.add(text));
}

Recorded recalled(store::ObjectStore& store, const std::string& step, const Digest& points) {
  if (!store.contains(points)) return {};
  return sum_up(store.read(points, kMaxRecordBytes), step, points);
}

std::vector<RecordedPoint> points_of(workspace::Repository& repository, const ledger::Run& run) {
  std::vector<RecordedPoint> points;
  std::set<std::string> seen;
  auto& store = repository.store();
  const auto add_all = [&](const std::vector<ledger::Artifact>& files) {
    for (const auto& [path, digest] : files)
      if (path.starts_with("records/") && store.contains(digest) && seen.insert(path).second)
        std::ranges::move(read_points(store.read(digest, kMaxRecordBytes), path),
                          std::back_inserter(points));
  };
  for (const auto& step : run.steps) add_all(step.outputs);
  add_all(run.products);  // also of a run that a client tracked, which has no steps
  return points;
}

Json with_recorded(Json metrics, const Recorded& recorded) {
  for (const auto& [name, value] : recorded.metrics.as_object())
    if (metrics.find(name) == nullptr) metrics.set(name, value);
  return metrics;
}

std::map<Digest, Digest> recorded_by_fingerprint(workspace::Repository& repository) {
  std::map<Digest, Digest> found;
  repository.ledger().database().each(kRecorded, {}, [&](const Row& row) {
    found.insert_or_assign(row.get<Digest>(0), row.get<Digest>(1));
  });
  return found;
}

}  // namespace mlo::run
