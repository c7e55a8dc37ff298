#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/serve/tracking.h"

namespace mlo::cmd {
namespace {

ui::View view(const serve::TrackingOptions& options, int port) {
  const bool bracketed = options.host.find(':') != std::string::npos;
  const auto url = fmt::format("http://{}{}{}:{}", bracketed ? "[" : "", options.host,
                               bracketed ? "]" : "", port);
  return {.shape = "server/1",
          .headline = fmt::format("Tracking runs and models on {}", url),
          .fields = {{"url", "", url},
                     {"host", "", options.host},
                     {"port", "", port},
                     {"token", "", !options.token.empty()}},
          .next = {fmt::format("export MLFLOW_TRACKING_URI={}", url)}};
}

}  // namespace

void add_server(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<serve::TrackingOptions>();
  auto* server =
      mlo.add_subcommand("server", "Track runs and models for a team: MLflow clients, web pages");
  server->add_option("--host", options->host, "Address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str();
  server->add_option("--port", options->port, "Port; 0 takes any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  server
      ->add_option("--token", options->token,
                   "Secret that clients must show; better in MLO_SERVER_TOKEN")
      ->type_name("SECRET");
  server->callback([options, &session] {
    if (options->token.empty())
      options->token = session.world().environment("MLO_SERVER_TOKEN").value_or("");
    options->threads = session.threads();
    options->on_ready = [options, &session](int port) { session.show(view(*options, port)); };
    serve::serve_tracking(session.repository(), *options, session.progress(), session.stop());
  });
}

}  // namespace mlo::cmd
