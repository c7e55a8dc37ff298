#include <cmath>

#include <fmt/format.h>

#include "serve/tracking/call.h"

namespace mlo::serve::tracking {
namespace {

Json metric_json(const run::MetricPoint& point) {
  return Json::object({{"key", point.key},
                       {"value", std::isnan(point.value) ? Json("NaN") : Json(point.value)},
                       {"timestamp", milliseconds(point.at)},
                       {"step", point.step}});
}

Json input_json(const run::DatasetInput& input) {
  auto dataset = Json::object({{"name", input.name}, {"digest", input.digest}});
  for (const auto& [name, value] : input.details.as_object()) dataset.set(name, value);
  return Json::object({{"tags", key_values(input.tags)}, {"dataset", std::move(dataset)}});
}

}  // namespace

std::string artifact_uri(const run::TrackedRun& run) {
  return fmt::format("mlflow-artifacts:/{}/{}/artifacts", run.experiment, run::hex_of_run(run.id));
}

Json metrics_json(const std::vector<run::MetricPoint>& points) {
  Json list = Json::array();
  for (const auto& point : points) list.add(metric_json(point));
  return list;
}

Json run_info(const run::TrackedRun& run) {
  const auto id = run::hex_of_run(run.id);
  auto info = Json::object({{"run_uuid", id},
                            {"experiment_id", std::to_string(run.experiment)},
                            {"run_name", run.name},
                            {"user_id", run.user},
                            {"status", run::status_for_client(run.status)},
                            {"start_time", milliseconds(run.started_at)}});
  if (run.finished_at) info.set("end_time", milliseconds(*run.finished_at));
  info.set("artifact_uri", artifact_uri(run));
  info.set("lifecycle_stage", run.deleted ? "deleted" : "active");
  info.set("run_id", id);
  return info;
}

Json run_json(Call& call, const run::TrackedRun& run) {
  Json data = Json::object();
  if (!run.metrics.empty()) data.set("metrics", metrics_json(run.metrics));
  if (!run.params.empty()) data.set("params", key_values(run.params));
  if (!run.tags.empty()) data.set("tags", key_values(run.tags));
  Json datasets = Json::array();
  for (const auto& input : run::inputs_of(call.repository, run.id)) datasets.add(input_json(input));
  Json inputs = Json::object();
  if (datasets.size() > 0) inputs.set("dataset_inputs", std::move(datasets));
  Json outputs = Json::object();
  Json read = Json::array();
  Json made = Json::array();
  for (const auto& link : run::models_of(call.repository, run.id)) {
    if (link.direction == "input")
      read.add(Json::object({{"model_id", link.model}}));
    else
      made.add(Json::object({{"model_id", link.model}, {"step", link.step}}));
  }
  if (read.size() > 0) inputs.set("model_inputs", std::move(read));
  if (made.size() > 0) outputs.set("model_outputs", std::move(made));
  return Json::object({{"info", run_info(run)},
                       {"data", std::move(data)},
                       {"inputs", std::move(inputs)},
                       {"outputs", std::move(outputs)}});
}

}  // namespace mlo::serve::tracking
