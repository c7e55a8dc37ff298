#include "mlo/serve/service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/model/reference.h"
#include "serve/http_server.h"
#include "serve/metrics.h"
#include "serve/models.h"
#include "serve/request_log.h"
#include "serve/router.h"

namespace mlo::serve {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);

using Models = std::vector<std::unique_ptr<ServedModel>>;

/// A stage is followed; a version stays what it is. A model's bare name means its newest version
/// now: one that is registered later has passed no gate and must not answer by itself.
std::string pinned(workspace::Repository& repository, const std::string& text) {
  const auto reference = model::parse_reference(text);
  if (const auto* spec = repository.project().find_model(reference.model))
    if (std::ranges::find(spec->stages, reference.selector) != spec->stages.end()) return text;
  const auto version = model::resolve(repository, text);
  const bool names_stage =
      ledger::model_at_stage(repository.ledger(), version.model, reference.selector).has_value();
  return names_stage ? text : fmt::format("{}@{}", version.model, version.number);
}

/// Follows the ledger: asks only whether it has grown, and looks at stages when it has.
void follow(const workspace::Repository& serving, Models& models, Metrics& metrics,
            Progress& progress, const std::stop_token& stop) {
  // A database connection belongs to one thread.
  auto repository = workspace::Repository::open(serving.root(), serving.world());
  std::int64_t seen = -1;
  while (!stop.stop_requested()) {
    try {
      const auto size = repository.ledger().size();
      if (size != seen)
        for (const auto& model : models) model->refresh(repository, metrics, progress);
      seen = size;
    } catch (const Error& error) {
      progress.warn("cannot read the ledger: " + error.message());
    }
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace

void serve(workspace::Repository& repository, const ServeOptions& options, Progress& progress,
           const std::stop_token& stop) {
  Models models;
  Metrics metrics;
  for (const auto& reference : options.references) {
    models.push_back(std::make_unique<ServedModel>(pinned(repository, reference)));
    for (std::size_t i = 0; i + 1 < models.size(); ++i)
      if (models[i]->name() == models.back()->name())
        throw Error(ErrorKind::usage, "model '{}' is named twice", models.back()->name())
            .hint("one service answers for one version of a model");
  }
  for (const auto& model : models) model->refresh(repository, metrics, progress);
  RequestLog log(repository.folder(), metrics, progress);
  const Router router(models, metrics, log, repository.world());
  HttpServer server(
      options.host, options.port, {},
      {.handle = [&](const HttpRequest& request) { return router.handle(request); },
       .refusal = [&](const HttpRequest& request) { return router.refusal(request); }});
  const std::jthread watcher(
      [&](const std::stop_token& ended) { follow(repository, models, metrics, progress, ended); });
  if (options.on_ready) options.on_ready(server.port());
  server.run(options.threads, stop);
}

}  // namespace mlo::serve
