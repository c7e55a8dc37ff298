#include "serve/router.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"
#include "serve/protocol.h"

namespace mlo::serve {
namespace {

using Clock = std::chrono::steady_clock;

HttpResponse failure(int status, std::string_view message) {
  return {.status = status, .body = Json::object({{"error", message}}).dump()};
}

HttpResponse answer(const Json& body) {
  return {.status = 200, .body = body.dump()};
}

int status_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::bad_input:
    case ErrorKind::usage: return 400;
    case ErrorKind::not_found: return 404;
    case ErrorKind::unavailable: return 503;
    default: return 500;
  }
}

HttpResponse health(const std::vector<std::unique_ptr<ServedModel>>& models, bool live) {
  const bool ready =
      std::ranges::all_of(models, [](const auto& model) { return model->loaded() != nullptr; });
  if (live) return answer(Json::object({{"live", true}}));
  HttpResponse response = answer(Json::object({{"ready", ready}}));
  if (!ready) response.status = 503;
  return response;
}

/// One row's features and outputs for the inference log.
Json named_row(const std::vector<std::string>& names, const std::vector<double>& rows,
               std::size_t row) {
  Json::Object values;
  values.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    values.emplace_back(names[i], rows[row * names.size() + i]);
  return values;
}

}  // namespace

Router::Router(const std::vector<std::unique_ptr<ServedModel>>& models, Metrics& metrics,
               RequestLog& log, const World& world)
    : models_(models), metrics_(metrics), log_(log), world_(world) {}

HttpResponse Router::handle(const HttpRequest& request) const {
  try {
    return route(request);
  } catch (const Error& error) {
    return failure(status_of(error), error.message());
  } catch (const std::exception& problem) {
    return failure(500, fmt::format("bug in mlo: {}", problem.what()));
  }
}

HttpResponse Router::route(const HttpRequest& request) const {
  const auto parts = split(request.path, '/');  // "/v2/models/m" → "", "v2", "models", "m"
  const bool reading = request.method == "GET" || request.method == "HEAD";
  if (parts.size() >= 4 && parts[1] == "v2" && parts[2] == "models")
    return model_path(request, parts);
  if (request.path != "/metrics" && request.path != "/v2" && request.path != "/v2/health/live" &&
      request.path != "/v2/health/ready")
    return failure(404, fmt::format("no '{}' here", printable(request.path)));
  if (!reading) return failure(405, fmt::format("'{}' takes GET", request.path));
  if (request.path == "/metrics")
    return {.status = 200, .body = metrics_.text(), .content_type = "text/plain; version=0.0.4"};
  if (request.path == "/v2")
    return answer(Json::object({{"name", "mlo"}, {"version", "2"}, {"extensions", Json::array()}}));
  return health(models_, request.path == "/v2/health/live");
}

HttpResponse Router::model_path(const HttpRequest& request,
                                const std::vector<std::string>& parts) const {
  const auto found =
      std::ranges::find_if(models_, [&](const auto& model) { return model->name() == parts[3]; });
  if (found == models_.end())
    return failure(404, fmt::format("no model '{}' here", printable(parts[3])));
  std::vector<std::string> rest(parts.begin() + 4, parts.end());
  std::string version;
  if (rest.size() >= 2 && rest[0] == "versions") {
    version = rest[1];
    rest.erase(rest.begin(), rest.begin() + 2);
  }
  if (rest.size() > 1) return failure(404, fmt::format("no '{}' here", printable(request.path)));
  const auto action = rest.empty() ? std::string() : rest[0];
  if (action == "infer")
    return request.method == "POST" ? infer(**found, request, version)
                                    : failure(405, "infer takes POST");
  if (!action.empty() && action != "ready")
    return failure(404, fmt::format("no '{}' here", printable(request.path)));
  if (request.method != "GET" && request.method != "HEAD")
    return failure(405, "this path takes GET");
  const auto loaded = (*found)->loaded();
  if (!loaded) return failure(503, fmt::format("no version holds '{}' yet", (*found)->reference()));
  if (!version.empty() && version != std::to_string(loaded->version.number))
    return failure(404, fmt::format("version {} is not loaded, {} is", printable(version),
                                    loaded->version.number));
  if (action == "ready") return answer(Json::object({{"name", (*found)->name()}, {"ready", true}}));
  return answer(metadata((*found)->name(), loaded->version.number, *loaded->predictor));
}

HttpResponse Router::infer(const ServedModel& model, const HttpRequest& request,
                           const std::string& version) const {
  const auto begin = Clock::now();
  const auto loaded = model.loaded();
  const auto number = loaded ? loaded->version.number : 0;
  const auto finish = [&](HttpResponse response) {
    const std::chrono::duration<double> spent = Clock::now() - begin;
    metrics_.count_request(model.name(), number, response.status, spent.count());
    return response;
  };
  if (!loaded)
    return finish(failure(503, fmt::format("no version holds '{}' yet", model.reference())));
  if (!version.empty() && version != std::to_string(number))
    return finish(
        failure(404, fmt::format("version {} is not loaded, {} is", printable(version), number)));
  try {
    auto asked = parse_infer_request(request.body);
    if (asked.id.empty()) asked.id = random_hex(world_, 8);
    const auto inputs =
        as_model_inputs(*loaded->predictor, loaded->features, std::move(asked.inputs));
    const auto outputs = loaded->predictor->predict(inputs);
    const std::chrono::duration<double, std::milli> spent = Clock::now() - begin;
    log(*loaded, asked.id, inputs, outputs, spent.count());
    return finish(answer(infer_response(model.name(), number, asked.id, outputs)));
  } catch (const Error& error) {
    log_.add({{.at = world_.now(),
               .id = {},
               .model = model.name(),
               .version = number,
               .error = error.message()}});
    return finish(failure(status_of(error), error.message()));
  }
}

void Router::log(const Loaded& loaded, const std::string& id,
                 const std::vector<model::Tensor>& inputs,
                 const std::vector<model::Tensor>& outputs, double latency_ms) const {
  if (loaded.features.empty()) return;
  const auto rows = feature_rows(loaded.features, inputs);
  const auto count = rows.size() / loaded.features.size();
  model::Answers said;
  if (loaded.task) said = model::read_answers(outputs, *loaded.task, loaded.positive);
  std::vector<monitor::InferenceRecord> records;
  records.reserve(count);
  const auto now = world_.now();
  for (std::size_t row = 0; row < count; ++row) {
    Json outcome = Json::object();
    if (row < said.labels.size()) outcome.set("prediction", said.labels[row]);
    if (row < said.estimates.size()) outcome.set("prediction", said.estimates[row]);
    if (row < said.scores.size()) outcome.set("score", said.scores[row]);
    records.push_back({.at = now,
                       .id = count == 1 ? id : fmt::format("{}-{}", id, row),
                       .model = loaded.version.model,
                       .version = loaded.version.number,
                       .latency_ms = latency_ms,
                       .features = named_row(loaded.features, rows, row),
                       .outputs = std::move(outcome)});
  }
  log_.add(std::move(records));
}

}  // namespace mlo::serve
