#include <memory>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/run/import_runs.h"
#include "runs_edit.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string place;
  std::string artifacts;
};

std::string headline(const run::ImportedRuns& imported) {
  auto text = "Imported " + format_count(static_cast<std::int64_t>(imported.runs.size()), "run");
  if (imported.known > 0) text += fmt::format("; {} here already", imported.known);
  if (imported.left_out > 0) text += fmt::format("; {} left out", imported.left_out);
  return text;
}

ui::View view(const run::ImportedRuns& imported) {
  Json rows = Json::array();
  for (const auto& run : imported.runs)
    rows.add(Json::object({{"id", run.id},
                           {"name", run.name},
                           {"status", run.status},
                           {"points", run.points},
                           {"artifacts", run.artifacts}}));
  return {.shape = "runs-import/1",
          .headline = headline(imported),
          .fields = {{"kind", "", imported.kind},
                     {"known", "", imported.known},
                     {"left_out", "", imported.left_out},
                     {.key = "runs",
                      .label = "Runs",
                      .value = std::move(rows),
                      .columns = {{"id", "Id"},
                                  {"name", "Name"},
                                  {"status", "Status"},
                                  {"points", "Points"},
                                  {"artifacts", "Artifacts"}}}}};
}

}  // namespace

void add_runs_import(CLI::App& runs, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = runs.add_subcommand("import", "Take in the runs of another tracker");
  command
      ->add_option("place", options->place,
                   "MLflow's mlruns folder or SQLite file, or a folder with DVC's dvc.lock")
      ->required();
  command
      ->add_option("--artifacts", options->artifacts,
                   "Folder to take the runs' files from, too; else only from below the place "
                   "(of a database: its folder)")
      ->type_name("DIR");
  command->callback([options, &session] {
    run::ImportOptions wanted{.place = session.path(options->place)};
    if (!options->artifacts.empty()) wanted.artifacts = session.path(options->artifacts);
    session.show(
        view(run::import_runs(session.repository(), wanted, session.progress(), session.stop())));
  });
}

}  // namespace mlo::cmd
