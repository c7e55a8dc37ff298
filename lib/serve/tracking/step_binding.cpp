#include "serve/tracking/step_binding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/run/recording.h"

namespace mlo::serve::tracking {
namespace {

constexpr auto kParentTag = "mlflow.parentRunId";

void append(const std::filesystem::path& file, std::span<const run::RecordedPoint> points) {
  // The place for it goes when the run has ended; the run's own rows have what it told.
  if (!points.empty() && status_of(file.parent_path())) run::append_points(file, points);
}

/// JSON has no infinity: the largest double stands for it, as in the run's rows.
Json as_json(double value) {
  constexpr auto kLargest = std::numeric_limits<double>::max();
  if (std::isnan(value)) return "NaN";
  return std::clamp(value, -kLargest, kLargest);
}

}  // namespace

bool is_own_run(const StepBinding* step, std::string_view run) {
  return step != nullptr && step->run == run;
}

void own_row(workspace::Repository& repository, const StepBinding* step, std::string_view run) {
  if (!is_own_run(step, run)) return;
  run::adopt_run(repository, {.experiment = step->experiment.value_or(0),
                              .name = {},
                              .user = {},
                              .started_at = step->started_at,
                              .tags = {},
                              .id = step->run});
}

void note_experiment(StepBinding* step, std::int64_t experiment) {
  if (step != nullptr) step->experiment = experiment;
}

void settle_experiment(workspace::Repository& repository, const StepBinding* step,
                       std::string_view run) {
  own_row(repository, step, run);
  if (is_own_run(step, run) && step->experiment) run::move_run(repository, run, *step->experiment);
}

void add_parent(const StepBinding* step, Json& tags) {
  if (step != nullptr && tags.find(kParentTag) == nullptr)
    tags.set(kParentTag, run::hex_of_run(step->run));
}

void note_child(StepBinding* step, std::string_view run) {
  if (step != nullptr) step->children.emplace(run);
}

void record(const StepBinding* step, std::string_view run, const run::Logged& logged) {
  if (!is_own_run(step, run)) return;
  std::vector<run::RecordedPoint> points;
  for (const auto& point : logged.metrics)
    points.push_back({.kind = run::RecordedPoint::Kind::metric,
                      .name = point.key,
                      .value = as_json(point.value),
                      .step = point.step,
                      .at = point.at});
  for (const auto& [key, value] : logged.params)
    points.push_back({.kind = run::RecordedPoint::Kind::param,
                      .name = key,
                      .value = run::typed_value(value),
                      .step = {},
                      .at = {}});
  append(step->record_file, points);
}

void record_artifact(const StepBinding* step, std::string_view run, const std::string& path,
                     const Digest& digest, Timestamp at) {
  if (!is_own_run(step, run)) return;
  const run::RecordedPoint point{
      .kind = run::RecordedPoint::Kind::artifact,
      .name = "artifacts/" + path,
      .value = Json::object({{"digest", digest.text()}, {"as", "artifact"}}),
      .step = {},
      .at = at};
  append(step->record_file, std::span(&point, 1));
}

}  // namespace mlo::serve::tracking
