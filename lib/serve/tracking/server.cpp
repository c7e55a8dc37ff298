#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/serve/tracking.h"
#include "serve/tracking/tracking_service.h"

namespace mlo::serve {
namespace {

/// A power cut takes at most the points of so long.
constexpr auto kUnsettled = std::chrono::milliseconds(100);

bool is_loopback(const std::string& host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost" || host.starts_with("127.");
}

HttpServer::Callbacks callbacks_of(tracking::TrackingService& service) {
  return {.handle = [&service](const HttpRequest& request) { return service.handle(request); },
          .receive = [&service](const HttpRequest& request) { return service.receive(request); },
          .refusal = [&service](const HttpRequest& request) { return service.refusal(request); }};
}

void settle_now_and_then(tracking::TrackingService& service, Progress& progress,
                         const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any ended;
  while (!stop.stop_requested()) {
    // Who ends a run does not wait for the pause to be over.
    ended.wait_for(lock, stop, kUnsettled, [] { return false; });
    try {
      service.settle();
    } catch (const Error& error) {
      progress.warn("cannot make points durable: " + error.message());
    }
  }
}

}  // namespace

void serve_tracking(workspace::Repository& repository, const TrackingOptions& options,
                    Progress& progress, const std::stop_token& stop) {
  if (options.token.empty() && !is_loopback(options.host))
    throw Error(ErrorKind::not_allowed,
                "'{}' can be reached from other machines, and nobody would need a token",
                options.host)
        .hint("MLO_SERVER_TOKEN=$(openssl rand -hex 16) mlo server --host {}", options.host);
  tracking::TrackingService service(repository.root(), repository.world(), options.token);
  HttpServer server(options.host == "localhost" ? "127.0.0.1" : options.host, options.port,
                    {.own_names_only = options.token.empty()}, callbacks_of(service));
  const std::jthread settler(
      [&](const std::stop_token& ended) { settle_now_and_then(service, progress, ended); });
  if (options.on_ready) options.on_ready(server.port());
  server.run(options.threads, stop);
  service.settle();
}

struct TrainingEndpoint::State {
  State(const workspace::Repository& repository, Progress& progress)
      : service(repository.root(), repository.world(), random_hex(repository.world(), kTokenBytes)),
        server("127.0.0.1", 0, {}, callbacks_of(service)),
        settler([this, &progress](const std::stop_token& stop) {
          settle_now_and_then(service, progress, stop);
        }),
        thread([this](const std::stop_token& stop) { server.run(1, stop); }) {}

  static constexpr std::size_t kTokenBytes = 16;
  tracking::TrackingService service;
  HttpServer server;
  std::jthread settler;
  std::jthread thread;
};

TrainingEndpoint::TrainingEndpoint(const workspace::Repository& repository, Progress& progress)
    : repository_(repository), progress_(progress) {}

TrainingEndpoint::~TrainingEndpoint() {
  if (!state_) return;
  state_->thread.request_stop();
  state_->thread.join();
  try {
    state_->service.end_children();
  } catch (const std::exception& problem) {
    progress_.warn(fmt::format("a run that a step began stays open: {}", problem.what()));
  }
}

std::map<std::string, std::string> TrainingEndpoint::environment_of(const run::StepStart& step) {
  {
    const std::lock_guard lock(mutex_);
    if (!state_) state_ = std::make_unique<State>(repository_, progress_);
  }
  const auto token = random_hex(repository_.world(), State::kTokenBytes);
  state_->service.bind(token, {.run = step.run,
                               .step = step.step,
                               .started_at = step.started_at,
                               .record_file = step.record_file});
  return {{"MLFLOW_TRACKING_URI", fmt::format("http://127.0.0.1:{}", state_->server.port())},
          {"MLFLOW_TRACKING_TOKEN", token},
          {"MLFLOW_RUN_ID", run::hex_of_run(step.run)}};
}

}  // namespace mlo::serve
