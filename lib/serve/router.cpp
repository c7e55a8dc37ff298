#include "serve/router.h"

#include <algorithm>
#include <chrono>
#include <span>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/features.h"
#include "serve/protocol.h"

namespace mlo::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kReading = "GET, HEAD";

HttpResponse failure(int status, std::string_view message) {
  return {.status = status, .body = Json::object({{"error", message}}).dump()};
}

HttpResponse wrong_method(std::string_view message, std::string_view allowed) {
  auto response = failure(405, message);
  response.allow = allowed;
  return response;
}

bool reads(const HttpRequest& request) {
  return request.method == "GET" || request.method == "HEAD";
}

/// "/v2/models/m" → "", "v2", "models", "m"
std::vector<std::string> parts_of(const HttpRequest& request) {
  return split(request.path, '/');
}

bool is_of_model(const std::vector<std::string>& parts) {
  return parts.size() >= 4 && parts[1] == "v2" && parts[2] == "models";
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

std::optional<HttpResponse> Router::refusal(const HttpRequest& request) const {
  const auto parts = parts_of(request);
  if (is_of_model(parts) && request.method == "POST") {
    const auto target = target_of(parts);
    const auto loaded = target.model == nullptr ? nullptr : target.model->loaded();
    const bool answers = loaded && (target.version.empty() ||
                                    target.version == std::to_string(loaded->version.number));
    if (answers && target.known && target.action == "infer") return std::nullopt;
  }
  return handle(request);
}

HttpResponse Router::route(const HttpRequest& request) const {
  const auto parts = parts_of(request);
  if (is_of_model(parts)) return model_path(request, parts);
  if (request.path != "/metrics" && request.path != "/v2" && request.path != "/v2/health/live" &&
      request.path != "/v2/health/ready")
    return failure(404, fmt::format("no '{}' here", printable(request.path)));
  if (!reads(request)) return wrong_method(fmt::format("'{}' takes GET", request.path), kReading);
  if (request.path == "/metrics")
    return {.status = 200, .body = metrics_.text(), .content_type = "text/plain; version=0.0.4"};
  if (request.path == "/v2")
    return answer(Json::object({{"name", "mlo"}, {"version", "2"}, {"extensions", Json::array()}}));
  return health(models_, request.path == "/v2/health/live");
}

Router::Target Router::target_of(const std::vector<std::string>& parts) const {
  const auto found =
      std::ranges::find_if(models_, [&](const auto& model) { return model->name() == parts[3]; });
  Target target{.model = found == models_.end() ? nullptr : found->get()};
  std::span<const std::string> rest = std::span(parts).subspan(4);
  if (rest.size() >= 2 && rest[0] == "versions") {
    target.version = rest[1];
    rest = rest.subspan(2);
  }
  if (!rest.empty()) target.action = rest[0];
  target.known = rest.size() <= 1 &&
                 (target.action.empty() || target.action == "ready" || target.action == "infer");
  return target;
}

HttpResponse Router::model_path(const HttpRequest& request,
                                const std::vector<std::string>& parts) const {
  const auto target = target_of(parts);
  if (target.model == nullptr)
    return failure(404, fmt::format("no model '{}' here", printable(parts[3])));
  if (!target.known) return failure(404, fmt::format("no '{}' here", printable(request.path)));
  if (target.action == "infer")
    return request.method == "POST" ? infer(*target.model, request, target.version)
                                    : wrong_method("infer takes POST", "POST");
  if (!reads(request)) return wrong_method("this path takes GET", kReading);
  const auto loaded = target.model->loaded();
  if (!loaded)
    return failure(503, fmt::format("no version holds '{}' yet", target.model->reference()));
  if (!target.version.empty() && target.version != std::to_string(loaded->version.number))
    return failure(404, fmt::format("version {} is not loaded, {} is", printable(target.version),
                                    loaded->version.number));
  const auto& name = target.model->name();
  if (target.action == "ready") return answer(Json::object({{"name", name}, {"ready", true}}));
  return answer(metadata(name, loaded->version.number, *loaded->predictor));
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
    require_outputs(*loaded->predictor, asked.outputs);
    if (asked.id.empty()) asked.id = random_hex(world_, 8);
    const auto inputs =
        as_model_inputs(*loaded->predictor, loaded->features, std::move(asked.inputs));
    auto outputs = loaded->predictor->predict(inputs);
    const std::chrono::duration<double, std::milli> spent = Clock::now() - begin;
    log(*loaded, asked.id, inputs, outputs, spent.count());
    outputs = wanted_outputs(std::move(outputs), asked.outputs);
    return finish(answer(infer_response(model.name(), number, asked.id, outputs)));
  } catch (const Error& error) {
    log_.add({.at = world_.now(),
              .id = {},
              .model = model.name(),
              .version = number,
              .error = error.message()});
    return finish(failure(status_of(error), error.message()));
  }
}

void Router::log(const Loaded& loaded, const std::string& id,
                 const std::vector<model::Tensor>& inputs,
                 const std::vector<model::Tensor>& outputs, double latency_ms) const {
  if (loaded.features.empty()) return;
  LoggedRequest request{
      .at = world_.now(),
      .id = id,
      .model = loaded.version.model,
      .version = loaded.version.number,
      .latency_ms = latency_ms,
      .features = loaded.features,
      .columns = feature_columns(loaded.predictor->inputs(), loaded.features, inputs)};
  if (loaded.task)
    request.said =
        model::read_answers(outputs, *loaded.task, loaded.positive, loaded.positive_column);
  log_.add(std::move(request));
}

}  // namespace mlo::serve
