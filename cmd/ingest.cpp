#include <memory>

#include <fmt/format.h>

#include "commands.h"
#include "mlo/monitor/monitor.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string model;
  std::vector<std::string> files;
};

ui::View view(const std::string& model, std::int64_t rows) {
  return {.shape = "ingest/1",
          .headline = fmt::format("Took in {} predictions of '{}'", rows, model),
          .fields = {{"model", "", model}, {"rows", "", rows}},
          .next = {fmt::format("mlo monitor {}", model)}};
}

}  // namespace

void add_ingest(CLI::App& mlo, Session& session) {
  auto options = std::make_shared<Options>();
  auto* ingest =
      mlo.add_subcommand("ingest", "Add predictions made elsewhere to a model's inference log");
  ingest->add_option("model", options->model, "Model or version that made them")->required();
  ingest
      ->add_option(
          "file", options->files,
          "Tables with the features, and prediction, score, id, timestamp (seconds since 1970, "
          "or a date and time): all of them or, when a row is wrong, none. Rows with a timestamp "
          "that are taken in again count once")
      ->required();
  ingest->callback([options, &session] {
    std::vector<std::filesystem::path> files;
    for (const auto& file : options->files) files.push_back(session.path(file));
    session.show(view(options->model, monitor::ingest(session.repository(), options->model, files,
                                                      session.progress())));
  });
}

}  // namespace mlo::cmd
