#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/run/logged_models.h"
#include "serve/tracking/call.h"
#include "serve/tracking/step_binding.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::size_t kLongestParam = 6000;
constexpr std::size_t kLongestTag = 8000;
constexpr std::size_t kMostMetrics = 1000;
constexpr std::size_t kMostParams = 100;
constexpr std::size_t kMostTags = 100;
constexpr std::size_t kMostAtOnce = 1000;

/// A number, or the words for those that JSON has none of.
double value_of(const Json& json, std::string_view key) {
  if (json.is_number()) return json.as_number();
  if (json.is_string()) {
    const auto& text = json.as_string();
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (!text.empty() && problem == std::errc() && end == text.data() + text.size()) return value;
  }
  throw Error(ErrorKind::bad_input, "metric '{}' is no number: {}", printable(key),
              printable(json.dump().substr(0, 60)));
}

run::MetricPoint point_of(Call& call, const Call& item) {
  run::MetricPoint point{.key = item.text("key")};
  check_key("metric", point.key);
  if (item.fields().find("value") == nullptr)
    throw Error(ErrorKind::bad_input, "missing value for 'value' of metric '{}'",
                printable(point.key));
  point.value = value_of(item.fields()["value"], point.key);
  point.step = item.integer("step").value_or(0);
  const auto at = item.integer("timestamp");
  point.at = at ? from_milliseconds(*at) : call.repository.world().now();
  return point;
}

/// A point may say which logged model it is of.
void add_model_metric(const Call& item, const std::string& run, const run::MetricPoint& point,
                      std::vector<run::ModelMetric>& metrics) {
  const auto model = item.text("model_id");
  if (!model.empty())
    metrics.push_back({.model = model,
                       .run = run,
                       .point = point,
                       .dataset_name = item.text("dataset_name"),
                       .dataset_digest = item.text("dataset_digest")});
}

std::pair<std::string, std::string> param_of(const Call& item) {
  auto key = item.text("key");
  check_key("param", key);
  auto value = item.text("value");
  check_length("param", value, kLongestParam);
  return {std::move(key), std::move(value)};
}

Answer log(Call& call, const run::Logged& logged, run::Durability durability) {
  const auto id = call.run();
  own_row(call.repository, call.step, id);
  run::log(call.repository, id, logged, durability);
  record(call.step, id, logged);
  return {};
}

Answer log_metric(Call& call) {
  const auto point = point_of(call, call);
  std::vector<run::ModelMetric> of_models;
  add_model_metric(call, call.run(), point, of_models);
  auto answer = log(call, {.metrics = {point}}, run::Durability::process);
  run::note_model_metrics(call.repository, of_models);
  return answer;
}

Answer log_parameter(Call& call) {
  return log(call, {.params = {param_of(call)}}, run::Durability::disk);
}

void check_count(std::string_view what, std::size_t count, std::size_t most) {
  if (count > most)
    throw Error(ErrorKind::bad_input, "a batch holds at most {} {}, this one has {}", most, what,
                count);
}

Answer log_batch(Call& call) {
  const auto metrics = call.items("metrics");
  const auto params = call.items("params");
  const auto tags = call.items("tags");
  check_count("metrics", metrics.size(), kMostMetrics);
  check_count("params", params.size(), kMostParams);
  check_count("tags", tags.size(), kMostTags);
  check_count("metrics, params and tags", metrics.size() + params.size() + tags.size(),
              kMostAtOnce);
  run::Logged logged;
  logged.metrics.reserve(metrics.size());
  std::vector<run::ModelMetric> of_models;
  for (const auto& json : metrics) {
    const Call item(call.repository, json, "");
    logged.metrics.push_back(point_of(call, item));
    add_model_metric(item, call.run(), logged.metrics.back(), of_models);
  }
  for (const auto& item : params)
    logged.params.push_back(param_of(Call(call.repository, item, "")));
  const auto set = tags_of(call, "tags", kLongestTag);
  for (const auto& [key, value] : set.as_object()) logged.tags.emplace_back(key, value.as_string());
  auto answer = log(call, logged, run::Durability::disk);
  run::note_model_metrics(call.repository, of_models);
  return answer;
}

Answer history(Call& call) {
  const auto id = call.run();
  const auto key = call.required("metric_key");
  if (!run::tracked_run(call.repository, id))
    throw Error(ErrorKind::not_found, "no run with id '{}'", run::hex_of_run(id));
  const auto most = call.most(25'000, 25'000);
  const auto points = run::metric_history(call.repository, id, key, call.offset(), most);
  auto body = Json::object({{"metrics", metrics_json(points)}});
  add_token(body, call, static_cast<std::int64_t>(points.size()), most);
  return {.body = std::move(body)};
}

constexpr std::array<Route, 4> kRoutes{{{"POST", "runs/log-metric", log_metric},
                                        {"POST", "runs/log-parameter", log_parameter},
                                        {"POST", "runs/log-batch", log_batch},
                                        {"GET", "metrics/get-history", history}}};

}  // namespace

std::span<const Route> metric_routes() {
  return kRoutes;
}

}  // namespace mlo::serve::tracking
