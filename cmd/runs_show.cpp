#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/file.h"
#include "mlo/run/train.h"
#include "runs_parts.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::string id;
  std::string log;
};

constexpr std::size_t kMaxCharts = 4;  // on a terminal
constexpr auto kNote = "mlflow.note.content";

Json optional_text(const std::string& text) {
  return text.empty() ? Json() : Json(text);
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
    steps.add(Json::object(
        {{"name", step.name},
         {"status", step.status},
         {"reason", step.reason},
         {"duration_ms", step.duration_ms > 0 ? Json(step.duration_ms) : Json()},
         {"cpu_ms", step.log.empty() ? Json() : Json(step.cpu_ms)},
         {"peak_memory_bytes", step.peak_memory_bytes == 0 ? Json() : Json(step.peak_memory_bytes)},
         {"exit_code", step.exit_code},
         {"log", step.log.empty() ? Json() : Json(".mlo/" + step.log)},
         {"fingerprint", step.fingerprint ? Json(step.fingerprint->text()) : Json()},
         {"outputs", files_of(step.outputs)}}));
  return steps;
}

ui::Field steps_field(const ledger::Run& run) {
  ui::Field field{
      .key = "steps",
      .label = "Steps",
      .value = steps_of(run),
      .columns = {
          {"name", "Step"}, {"status", "What"}, {"duration_ms", "Took", ui::Format::duration}}};
  const auto any = [&](auto member) {
    for (const auto& step : run.steps)
      if (member(step)) return true;
    return false;
  };
  if (any([](const auto& step) { return step.peak_memory_bytes > 0; })) {
    field.columns.push_back({"cpu_ms", "CPU", ui::Format::duration});
    field.columns.push_back({"peak_memory_bytes", "Memory", ui::Format::bytes});
  }
  if (any([](const auto& step) { return step.exit_code != 0; }))
    field.columns.push_back({"exit_code", "Exit"});
  field.columns.push_back({"reason", "Why"});
  return field;
}

ui::View show_view(Session& session, const ledger::Run& run) {
  const std::vector<ui::Column> files{{"path", "Path"}, {"digest", "Digest", ui::Format::digest}};
  const auto milliseconds = (run.finished_at.microseconds - run.started_at.microseconds) / 1000;
  const std::vector<ledger::Run> alone{run};
  const auto curves = run::learning_curves(session.repository(), alone);
  const auto note = run.tags.string_or(kNote, "");
  ui::View view{
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
          {"reason", run.origin.reason.empty() ? "" : "Why", run.origin.reason},
          {"note", note.empty() ? "" : "Note", optional_text(note)},
          {"params", "Params", run.params},
          {"metrics", "Metrics", run.metrics},
          {"tags", run.tags.size() == 0 ? "" : "Tags", run.tags},
          {"environment", "Environment", run.environment},
          {"git_commit", run.git_commit.empty() ? "" : "Commit", optional_text(run.git_commit)},
          {"git_branch", run.git_branch.empty() ? "" : "Branch", optional_text(run.git_branch)},
          {"git_author", "", optional_text(run.git_author)},
          {"git_dirty", run.git_dirty ? "Uncommitted" : "",
           run.git_dirty ? Json(run.git_dirty->text()) : Json(), ui::Format::digest},
          steps_field(run),
          {.key = "materials",
           .label = "Made from",
           .value = files_of(run.materials),
           .columns = files},
          {.key = "products", .label = "Made", .value = files_of(run.products), .columns = files},
          {.key = "curves", .label = "", .value = json_of(curves, alone)}}};
  view.charts = charts_of(curves, {run.name});
  if (view.charts.size() > kMaxCharts) view.charts.resize(kMaxCharts);
  return view;
}

/// In pieces: a log may be as large as its disk.
void print_file(Session& session, const std::filesystem::path& path) {
  std::vector<std::byte> piece(1U << 20U);
  auto file = File::open(path, O_RDONLY);
  while (const auto count = file.read(piece))
    session.print_bytes(text_of(std::span(piece).first(count)));
}

/// What a step printed, both of its outputs.
void print_log(Session& session, const ledger::Run& run, const std::string& name) {
  for (const auto& step : run.steps) {
    if (step.name != name) continue;
    const auto file = session.repository().folder() / step.log;
    if (step.log.empty() || !status_of(file))
      throw Error(ErrorKind::not_found, "step '{}' of run {} left no log here", name, run.name)
          .hint("it was {}; logs stay on the machine that wrote them", step.status);
    return print_file(session, file);
  }
  std::vector<std::string> known;
  for (const auto& step : run.steps) known.push_back(step.name);
  throw Error(ErrorKind::not_found, "run {} has no step '{}'", run.name, name)
      .hint("steps: {}", fmt::join(known, ", "));
}

}  // namespace

ledger::Run read_run(Session& session, const std::string& id) {
  if (auto run = run::find_run(session.repository(), id)) return std::move(*run);
  throw Error(ErrorKind::not_found, "no run '{}'", id).hint("mlo runs list");
}

void add_runs_show(CLI::App& runs, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* show = runs.add_subcommand("show", "Show one run: steps, inputs, outputs, code, curves");
  show->add_option("id", options->id, "The run's name, or its id or the beginning of it")
      ->type_name("ID")
      ->required();
  show->add_option("--log", options->log, "Only print what this step printed")->type_name("STEP");
  show->callback([options, &session] {
    run::close_dead_runs(session.repository(), session.progress());
    const auto run = read_run(session, options->id);
    if (!options->log.empty()) return print_log(session, run, options->log);
    session.show(show_view(session, run));
  });
}

}  // namespace mlo::cmd
