#include "serve/tracking/tracking_service.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "serve/tracking/pages.h"
#include "serve/tracking/upload.h"
#include "serve/tracking/wire.h"

namespace mlo::serve::tracking {
namespace {

constexpr std::array<std::string_view, 2> kBases{"/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/"};
constexpr std::array<std::string_view, 2> kArtifactBases{"/api/2.0/mlflow-artifacts/",
                                                         "/ajax-api/2.0/mlflow-artifacts/"};

constexpr std::string_view kWantsToken = "this server wants its token: set MLFLOW_TRACKING_TOKEN";

Answer failure(const Error& error) {
  auto message = error.message();
  for (const auto& context : error.context()) message += fmt::format(", while {}", context);
  if (!error.hint().empty()) message += fmt::format(" ({})", error.hint());
  switch (error.kind()) {
    case ErrorKind::bad_input:
    case ErrorKind::usage: return refuse(400, "INVALID_PARAMETER_VALUE", message);
    case ErrorKind::not_found: return refuse(404, "RESOURCE_DOES_NOT_EXIST", message);
    case ErrorKind::not_allowed:
      if (message == kWantsToken) return refuse(401, "UNAUTHENTICATED", message);
      return refuse(403, "PERMISSION_DENIED", message);
    case ErrorKind::conflict:
    case ErrorKind::unavailable: return refuse(503, "TEMPORARILY_UNAVAILABLE", message);
    default: return refuse(500, "INTERNAL_ERROR", message);
  }
}

HttpResponse as_response(Answer answer) {
  HttpResponse response{.status = answer.status, .content_type = answer.content_type};
  response.source = std::move(answer.source);
  if (!response.source)
    response.body = answer.body.is_string() ? answer.body.as_string() : answer.body.dump();
  return response;
}

/// The part of a path that names the endpoint.
std::optional<std::string> endpoint_of(std::string_view path) {
  for (const auto base : kBases)
    if (path.starts_with(base)) return std::string(path.substr(base.size()));
  for (const auto base : kArtifactBases)
    if (path.starts_with(base)) return fmt::format("mlflow-artifacts/{}", path.substr(base.size()));
  if (path == "/api/3.0/mlflow/server-info" || path == "/ajax-api/3.0/mlflow/server-info")
    return "server-info";
  return std::nullopt;
}

/// Fields of the query and of the JSON body; the body counts where both name one.
Json fields_of(const HttpRequest& request) {
  auto fields = query_fields(request.query);
  if (trim(request.body).empty()) return fields;
  auto body = Json::parse(request.body);
  if (!body.is_object()) throw Error(ErrorKind::bad_input, "the body is no JSON object");
  if (fields.size() == 0) return body;
  for (const auto& [name, value] : body.as_object()) fields.set(name, value);
  return fields;
}

Answer no_endpoint(const HttpRequest& request) {
  return refuse(404, "ENDPOINT_NOT_FOUND",
                fmt::format("no {} {} here", request.method, printable(request.path)));
}

Answer server_info(Call& /*call*/) {
  return {.body = Json::object({{"store_type", "SqlStore"},
                                {"workspaces_enabled", false},
                                {"trace_archival_enabled", false},
                                {"multipart_uploads_enabled", false},
                                {"multipart_downloads_enabled", false}})};
}

}  // namespace

TrackingService::TrackingService(std::filesystem::path root, const World& world, std::string token)
    : root_(std::move(root)), world_(world), token_(std::move(token)) {
  for (const auto routes : {experiment_routes(), run_routes(), metric_routes(), artifact_routes(),
                            logged_model_routes(), registry_routes(), version_routes()})
    for (const auto& route : routes)
      routes_.emplace(std::pair(route.method, route.path), route.handle);
  routes_.emplace(std::pair<std::string_view, std::string_view>("GET", "server-info"), server_info);
}

workspace::Repository& TrackingService::repository() {
  if (!repository_) repository_ = workspace::Repository::open(root_, world_);
  return *repository_;
}

void TrackingService::bind(const std::string& token, StepBinding step) {
  const std::lock_guard lock(mutex_);
  steps_.emplace(token, std::move(step));
}

TrackingService::Caller TrackingService::caller_of(const HttpRequest& request) {
  const auto secret = secret_of(request.authorization);
  if (secret) {
    const auto step = steps_.find(*secret);
    if (step != steps_.end()) return {.allowed = true, .step = &step->second};
  }
  if (token_.empty()) return {.allowed = steps_.empty()};
  return {.allowed = secret && same_secret(*secret, token_)};
}

HttpResponse TrackingService::handle(const HttpRequest& request) {
  if (request.path == "/health") return {.body = "OK", .content_type = "text/plain"};
  const std::lock_guard lock(mutex_);
  try {
    const auto caller = caller_of(request);
    require(caller.allowed);
    if (request.method == "GET" || request.method == "HEAD")
      if (auto shown = page(repository(), request.path)) return std::move(*shown);
    return as_response(dispatch(request, caller.step));
  } catch (const std::exception& problem) {
    return as_failure(problem);
  }
}

void TrackingService::require(bool allowed) {
  if (!allowed) throw Error(ErrorKind::not_allowed, "{}", kWantsToken);
}

std::optional<HttpResponse> TrackingService::refusal(const HttpRequest& request) {
  const std::lock_guard lock(mutex_);
  try {
    require(caller_of(request).allowed);
    if (request.method != "GET" && request.method != "HEAD" && !target_of(request))
      return as_response(no_endpoint(request));
    return std::nullopt;
  } catch (const std::exception& problem) {
    return as_failure(problem);
  }
}

std::optional<TrackingService::Target> TrackingService::target_of(
    const HttpRequest& request) const {
  const auto endpoint = endpoint_of(request.path);
  if (!endpoint) return std::nullopt;
  const auto& path = *endpoint;
  std::string rest;
  const auto method = request.method == "HEAD" ? std::string("GET") : request.method;
  auto route = routes_.find({method, path});
  // The longest route that ends in '/' takes what lies below it.
  for (auto slash = path.rfind('/'); route == routes_.end() && slash != std::string::npos;
       slash = slash == 0 ? std::string::npos : path.rfind('/', slash - 1)) {
    route = routes_.find({method, path.substr(0, slash + 1)});
    rest = path.substr(slash + 1);
  }
  if (route == routes_.end()) return std::nullopt;
  return Target{.endpoint = path, .handle = route->second, .rest = std::move(rest)};
}

Answer TrackingService::dispatch(const HttpRequest& request, StepBinding* step) {
  if (request.path == "/version") return {.body = Json("mlo"), .content_type = "text/plain"};
  const auto target = target_of(request);
  if (!target) return no_endpoint(request);
  Json fields;
  try {
    fields = fields_of(request);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
    return refuse(400, "BAD_REQUEST", error.message());
  }
  Call call(repository(), std::move(fields), percent_decoded(target->rest));
  call.step = step;
  unsettled_ = unsettled_ || target->endpoint == "runs/log-metric";
  return target->handle(call);
}

std::unique_ptr<BodySink> TrackingService::receive(const HttpRequest& request) {
  if (request.method != "PUT") return nullptr;
  for (const auto base : kArtifactBases) {
    const auto root = fmt::format("{}artifacts/", base);
    if (request.path.starts_with(root))
      return begin_upload(*this, request, std::string_view(request.path).substr(root.size()));
  }
  return nullptr;
}

HttpResponse as_failure(const std::exception& problem) {
  if (const auto* error = dynamic_cast<const Error*>(&problem)) return as_response(failure(*error));
  return as_response(refuse(500, "INTERNAL_ERROR", fmt::format("bug in mlo: {}", problem.what())));
}

bool TrackingService::settle() {
  std::filesystem::path log;
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(unsettled_, false)) return false;
    log = repository().folder() / "mlo.db-wal";
  }
  // Nobody holds locks on this file of SQLite's, so that opening and closing it takes none away.
  if (status_of(log)) File::open(log, O_RDONLY).sync_data();
  return true;
}

void TrackingService::end_children() {
  const std::lock_guard lock(mutex_);
  for (const auto& [token, step] : steps_)
    for (const auto& child : step.children) {
      const auto run = run::tracked_run(repository(), child);
      if (run && run->live) run::update_run(repository(), child, {.status = "interrupted"});
    }
}

}  // namespace mlo::serve::tracking
