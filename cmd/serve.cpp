#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/text.h"
#include "mlo/serve/service.h"

namespace mlo::cmd {
namespace {

ui::View view(const serve::ServeOptions& options, int port) {
  const auto url = fmt::format("http://{}:{}", options.host, port);
  Json models = Json::array();
  for (const auto& reference : options.references) models.add(reference);
  return {.shape = "serve/1",
          .headline = fmt::format("Serving {} on {}", join(options.references, ", "), url),
          .fields = {{"url", "", url},
                     {"host", "", options.host},
                     {"port", "", port},
                     {"models", "", std::move(models)}}};
}

}  // namespace

void add_serve(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<serve::ServeOptions>();
  auto* serve =
      mlo.add_subcommand("serve", "Answer predictions over HTTP (Open Inference Protocol)");
  serve
      ->add_option(
          "model", options->references,
          "churn@production follows the stage; churn@3 stays; churn is the newest version now")
      ->required();
  options->port = 8080;
  serve->add_option("--host", options->host, "Address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str();
  serve->add_option("--port", options->port, "Port; 0 takes any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  serve->callback([options, &session] {
    options->threads = session.threads();
    options->on_ready = [options, &session](int port) { session.show(view(*options, port)); };
    serve::serve(session.repository(), *options, session.progress(), session.stop());
  });
}

}  // namespace mlo::cmd
