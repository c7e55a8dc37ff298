#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/ledger/records.h"
#include "mlo/run/recording.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/snapshot.h"

namespace mlo::run {

/// Where a step of a run tells what it records: `scratch`/<step>.points. Nothing is there before.
std::filesystem::path record_file(const std::filesystem::path& scratch, const std::string& step);
/// The step whose record `file` is; nothing for another file.
std::optional<std::string> step_of_record(const std::filesystem::path& file);

/// A metric's number as runs hold it: beyond 2^53, where canonical JSON has no whole ones, the
/// nearest double, as trackers hold all of them.
Json as_metric(const Json& number);

/// What a step told while it ran.
struct Recorded {
  Json metrics = Json::object();  ///< the newest value of each
  Json params = Json::object();
  /// Files, and `records/<step>.jsonl`: every point with its step and time.
  std::vector<ledger::Artifact> artifacts = {};
};

/// Puts the points of a step that has ended into the store and sums them up; `scratch` is its run's
/// folder. Throws bad_input when somebody else wrote into the file.
Recorded keep_recorded(workspace::SnapshotBatch& files, const std::filesystem::path& scratch,
                       const std::string& step);
/// The same from an object of the store.
Recorded recalled(store::ObjectStore& store, const std::string& step, const Digest& points);

/// Every point that a run left whose objects are here: of its steps, then of clients that tracked
/// it.
std::vector<RecordedPoint> points_of(workspace::Repository& repository, const ledger::Run& run);

/// `metrics` with those recorded; where a file of metrics has the same name, the file counts.
Json with_recorded(Json metrics, const Recorded& recorded);

/// What steps recorded in runs that went well, by fingerprint: the objects that hold their points.
std::map<Digest, Digest> recorded_by_fingerprint(workspace::Repository& repository);

}  // namespace mlo::run
