#include <memory>

#include <fmt/format.h>

#include "mlo/core/text.h"
#include "mlo/run/import_runs.h"
#include "runs_edit.h"

namespace mlo::cmd {
namespace {

ui::View view(const run::ImportedRuns& imported) {
  Json rows = Json::array();
  for (const auto& run : imported.runs)
    rows.add(Json::object({{"id", run.id},
                           {"name", run.name},
                           {"status", run.status},
                           {"points", run.points},
                           {"artifacts", run.artifacts}}));
  const auto count = static_cast<std::int64_t>(imported.runs.size());
  return {.shape = "runs-import/1",
          .headline = fmt::format(
              "Imported {}{}", format_count(count, "run"),
              imported.known == 0 ? "" : fmt::format("; {} here already", imported.known)),
          .fields = {{"kind", "", imported.kind},
                     {"known", "", imported.known},
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
  const auto place = std::make_shared<std::string>();
  auto* command = runs.add_subcommand("import", "Take in the runs of another tracker");
  command
      ->add_option("place", *place,
                   "MLflow's mlruns folder or SQLite file, or a folder with DVC's dvc.lock")
      ->required();
  command->callback([place, &session] {
    session.show(view(run::import_runs(session.repository(), session.path(*place),
                                       session.progress(), session.stop())));
  });
}

}  // namespace mlo::cmd
