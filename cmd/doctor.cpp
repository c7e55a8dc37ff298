#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "mlo/core/database.h"
#include "mlo/core/http.h"
#include "mlo/data/table.h"
#include "mlo/model/predictor.h"
#include "mlo/workspace/diagnosis.h"
#include "mlo/workspace/git.h"

namespace mlo::cmd {
namespace {

Json part(std::string_view name, const std::string& version, std::string_view used_for,
          std::string_view hint) {
  return Json::object({{"name", name},
                       {"found", !version.empty()},
                       {"version", version.empty() ? Json() : Json(version)},
                       {"used_for", used_for},
                       {"hint", version.empty() ? Json(hint) : Json("")}});
}

Json parts(const World& world) {
  Json rows = Json::array();
  rows.add(part("DuckDB", data::engine_version(), "tables", ""));
  rows.add(part("SQLite", sqlite_version(), "the ledger", ""));
  for (const auto& engine : model::engine_status(world))
    rows.add(part(engine.name, engine.version, "validate and serve models", engine.hint));
  rows.add(part("libgit2", workspace::git_library_version().value_or(""),
                "commit and diff of a run",
                "apt-get install libgit2-1.5 (Debian 12) or libgit2-1.7 (Ubuntu 24.04)"));
  rows.add(part("libcurl", http_library_version().value_or(""), "asking services after a promotion",
                "apt-get install libcurl4"));
  rows.add(part("git", workspace::program_version("git").value_or(""),
                "history of mlo.yaml and mlo.lock", "apt-get install git"));
  rows.add(part("python3", workspace::program_version("python3").value_or(""),
                "steps and model code in Python", "apt-get install python3 python3-venv"));
  return rows;
}

ui::View view(const Json& rows, const std::vector<workspace::Diagnosis>& repository) {
  Json state = Json::array();
  bool healthy = true;
  std::vector<std::string> ways_out;  // whole lines: a table's cells may be cut
  for (const auto& one : repository) {
    healthy = healthy && one.good;
    if (!one.hint.empty()) ways_out.push_back(one.hint);
    state.add(Json::object(
        {{"what", one.what}, {"good", one.good}, {"detail", one.detail}, {"hint", one.hint}}));
  }
  bool complete = true;
  for (const auto& row : rows.as_array()) {
    complete = complete && row["found"].as_bool();
    if (!row["found"].as_bool()) ways_out.push_back(row["hint"].as_string());
  }
  return {.shape = "doctor/1",
          .headline = complete && healthy ? "All is well" : "Something is missing or broken",
          .good = complete && healthy,
          .fields = {{"healthy", "", complete && healthy},
                     {"parts",
                      "Installed",
                      rows,
                      ui::Format::plain,
                      {{"name", "What"},
                       {"found", "", ui::Format::verdict},
                       {"version", "Version"},
                       {"used_for", "Used for"}}},
                     {"repository",
                      "Repository",
                      std::move(state),
                      ui::Format::plain,
                      {{"what", "What"}, {"good", "", ui::Format::verdict}, {"detail", ""}}}},
          .next = std::move(ways_out)};
}

}  // namespace

void add_doctor(CLI::App& mlo, Session& session) {
  auto* doctor =
      mlo.add_subcommand("doctor", "Show what is installed, what is missing and how to get it");
  doctor->callback([&session] {
    const auto answer =
        view(parts(session.world()), workspace::diagnose(session.folder(), session.world()));
    session.show(answer, *answer.good);
  });
}

}  // namespace mlo::cmd
