#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/path.h"
#include "mlo/core/time.h"
#include "mlo/core/world.h"
#include "mlo/workspace/repository.h"

// What a step says of itself while it runs, from a shell script or any language: a line of JSON a
// point in the file that MLO_RECORD_FILE names, appended and synced before the caller goes on.

namespace mlo::run {

/// One thing a step told.
struct RecordedPoint {
  enum class Kind { metric, param, artifact };
  Kind kind = Kind::metric;
  std::string name;  ///< of an artifact: its path in the workspace
  Json value;  ///< a finite number or "NaN", a param's value, or {"digest", "as"} of an artifact
  std::optional<std::int64_t> step;  ///< of a metric: which epoch or batch
  Timestamp at;
};

/// The file of the step that is running: MLO_RECORD_FILE. Throws bad_input, with the way out, where
/// no run is going on.
std::filesystem::path record_file(const World& world);

/// "loss=0.5" as a metric or param. Throws usage when it is neither, bad_input when a metric is no
/// finite number.
RecordedPoint parse_point(RecordedPoint::Kind kind, std::string_view typed);

/// Appends the points, all or none, durably: one write, one fdatasync. Several processes may append
/// at once.
void append_points(const std::filesystem::path& file, std::span<const RecordedPoint> points);

/// Stores files of the workspace, durably, and appends a point for each: `as` says what it is to
/// people (artifact, text, image, table). Throws not_found, bad_input for a path outside.
void record_files(workspace::Repository& repository, const std::filesystem::path& file,
                  std::span<const RepoPath> paths, std::string_view as);

/// The points in the order in which they were told. A last line that a power cut tore is left out;
/// any other line that is not ours throws bad_input naming it.
std::vector<RecordedPoint> read_points(std::string_view text, std::string_view source);

}  // namespace mlo::run
