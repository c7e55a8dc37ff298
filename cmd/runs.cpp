#include <fmt/format.h>

#include "commands.h"
#include "mlo/run/train.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::int64_t limit = 20;
  std::string id;
};

Json optional_text(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json row_of(const ledger::Run& run) {
  return Json::object({{"id", run.id},
                       {"name", run.name},
                       {"status", run.status},
                       {"started_at", run.started_at.text()},
                       {"finished_at", run.finished_at.text()},
                       {"trigger", run.trigger},
                       {"params", run.params},
                       {"metrics", run.metrics},
                       {"tags", run.tags}});
}

Json files_of(const std::vector<ledger::Artifact>& artifacts) {
  Json files = Json::array();
  for (const auto& artifact : artifacts)
    files.add(Json::object({{"path", artifact.path}, {"digest", artifact.digest.text()}}));
  return files;
}

Json steps_of(const ledger::Run& run) {
  Json steps = Json::array();
  for (const auto& step : run.steps)
    steps.add(
        Json::object({{"name", step.name},
                      {"status", step.status},
                      {"reason", step.reason},
                      {"duration_ms", step.duration_ms},
                      {"exit_code", step.exit_code},
                      {"log", step.log.empty() ? Json() : Json(".mlo/" + step.log)},
                      {"fingerprint", step.fingerprint ? Json(step.fingerprint->text()) : Json()},
                      {"outputs", files_of(step.outputs)}}));
  return steps;
}

ui::View list_view(const std::vector<ledger::Run>& runs) {
  Json rows = Json::array();
  for (const auto& run : runs) rows.add(row_of(run));
  return {
      .shape = "runs-list/1",
      .headline = runs.empty() ? "No runs yet" : "",
      .fields = {{.key = "runs",
                  .label = "Runs",
                  .value = std::move(rows),
                  .columns = {{"id", "Id"},
                              {"name", "Name"},
                              {"status", "Status"},
                              {"started_at", "Started", ui::Format::time},
                              {"metrics", "Metrics"}}}},
      .next = runs.empty() ? std::vector<std::string>{"mlo train"} : std::vector<std::string>{}};
}

ui::View show_view(const ledger::Run& run) {
  const std::vector<ui::Column> files{{"path", "Path"}, {"digest", "Digest", ui::Format::digest}};
  const auto milliseconds = (run.finished_at.microseconds - run.started_at.microseconds) / 1000;
  return {
      .shape = "runs-show/1",
      .headline = fmt::format("Run {} {}", run.name, run.status),
      .fields = {
          {"id", "Id", run.id},
          {"name", "", run.name},
          {"status", "", run.status},
          {"started_at", "Started", run.started_at.text(), ui::Format::time},
          {"finished_at", "", run.finished_at.text()},
          {"duration_ms", "Took", milliseconds, ui::Format::duration},
          {"trigger", "Trigger", run.trigger},
          {"actor", "By", run.origin.actor},
          {"reason", run.origin.reason.empty() ? "" : "why", run.origin.reason},
          {"params", "Params", run.params},
          {"metrics", "Metrics", run.metrics},
          {"tags", run.tags.size() == 0 ? "" : "tags", run.tags},
          {"environment", "Environment", run.environment},
          {"git_commit", run.git_commit.empty() ? "" : "commit", optional_text(run.git_commit)},
          {"git_branch", run.git_branch.empty() ? "" : "branch", optional_text(run.git_branch)},
          {"git_author", "", optional_text(run.git_author)},
          {"git_dirty", run.git_dirty ? "uncommitted" : "",
           run.git_dirty ? Json(run.git_dirty->text()) : Json(), ui::Format::digest},
          {.key = "steps",
           .label = "Steps",
           .value = steps_of(run),
           .columns = {{"name", "Step"},
                       {"status", "What"},
                       {"duration_ms", "Took", ui::Format::duration},
                       {"reason", "Why"}}},
          {.key = "materials",
           .label = "Made from",
           .value = files_of(run.materials),
           .columns = files},
          {.key = "products", .label = "Made", .value = files_of(run.products), .columns = files}}};
}

ledger::Run read_run(Session& session, const std::string& id) {
  if (auto run = run::find_run(session.repository(), id)) return std::move(*run);
  throw Error(ErrorKind::not_found, "no run '{}'", id).hint("mlo runs list");
}

}  // namespace

void add_runs(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("runs", "List and show what was trained");
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "List runs, newest first");
  list->add_option("--limit", options->limit, "At most so many")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  list->callback([options, &session] {
    run::close_dead_runs(session.repository());
    session.show(list_view(ledger::runs(session.repository().ledger(), options->limit)));
  });
  auto* show = command->add_subcommand("show", "Show one run: steps, inputs, outputs, code");
  show->add_option("id", options->id, "The run's name, or its id or the beginning of it")
      ->type_name("ID")
      ->required();
  show->callback([options, &session] {
    run::close_dead_runs(session.repository());
    session.show(show_view(read_run(session, options->id)));
  });
}

}  // namespace mlo::cmd
