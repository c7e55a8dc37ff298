#include "mlo/run/runs.h"

#include <fmt/format.h>

#include "commands.h"
#include "mlo/run/train.h"
#include "mlo/ui/comparison.h"
#include "runs_edit.h"

namespace mlo::cmd {
namespace {

struct Options {
  std::vector<std::string> words;  ///< of the question, as the shell left them
  std::string where;
  std::string order_by;
  std::optional<std::int64_t> limit;
  std::string id;
  std::vector<std::string> ids;
  std::string format = "csv";
  std::string file;
  std::string html;
};

constexpr std::int64_t kListed = 20;

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

/// The question in words, with what options add: `--where` is the condition alone.
run::RunQuestion question_of(const Options& options) {
  run::RunQuestion question{.order_by = options.order_by, .limit = options.limit};
  question.text = options.where;
  for (const auto& word : options.words) question.text += (question.text.empty() ? "" : " ") + word;
  return question;
}

ui::View list_view(const std::vector<run::RunSummary>& runs, bool asked) {
  Json rows = Json::array();
  for (const auto& run : runs) rows.add(run::to_json(run));
  if (runs.empty() && asked)
    return {.shape = "runs-list/1",
            .headline = "No run is so",
            .fields = {{"runs", "", std::move(rows)}}};
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

std::vector<ledger::Run> read_runs(Session& session, const std::vector<std::string>& ids) {
  std::vector<ledger::Run> runs;
  for (const auto& id : ids) runs.push_back(read_run(session, id));
  return runs;
}

Json rows_of(const std::vector<run::ComparedFact>& facts, const std::vector<ledger::Run>& runs,
             bool only_differing) {
  Json rows = Json::array();
  for (const auto& fact : facts) {
    if (only_differing && !fact.differs) continue;
    auto row = Json::object({{"kind", fact.kind}, {"name", fact.name}, {"differs", fact.differs}});
    Json values = Json::object();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      values.set(runs[i].id, fact.values[i]);
      row.set(fmt::format("run_{}", i + 1), fact.values[i]);
    }
    row.set("values", std::move(values));
    rows.add(std::move(row));
  }
  return rows;
}

ui::View comparison_view(const std::string& shape, const std::vector<ledger::Run>& runs,
                         Json rows) {
  Json compared = Json::array();
  ui::Field facts{.key = "facts",
                  .label = "Facts",
                  .value = std::move(rows),
                  .columns = {{"kind", "Kind"}, {"name", "Name"}}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    compared.add(Json::object({{"id", runs[i].id},
                               {"name", runs[i].name},
                               {"status", runs[i].status},
                               {"started_at", runs[i].started_at.text()}}));
    facts.columns.push_back({fmt::format("run_{}", i + 1), runs[i].name});
  }
  return {.shape = shape,
          .headline = facts.value.size() == 0 ? "They are the same" : "",
          .fields = {{.key = "runs", .label = "", .value = std::move(compared)}, std::move(facts)}};
}

ui::Comparison page_of(const std::vector<ledger::Run>& runs,
                       const std::vector<run::ComparedFact>& facts) {
  ui::Comparison page;
  for (const auto& run : runs) page.names.push_back(run.name);
  for (const auto& fact : facts)
    if (fact.kind == "param" || fact.kind == "metric")
      page.axes.push_back({fact.name, fact.kind == "metric", fact.values});
  return page;
}

void compare(const Options& options, Session& session) {
  const auto runs = read_runs(session, options.ids);
  const auto facts = run::compare_runs(runs);
  const auto view = comparison_view("runs-compare/1", runs, rows_of(facts, runs, false));
  if (!options.html.empty()) session.write(options.html, ui::to_html(view, page_of(runs, facts)));
  session.show(view);
}

void export_runs(const Options& options, Session& session) {
  const auto runs = run::find_runs(session.repository(), question_of(options));
  std::string text;
  if (options.format == "csv") {
    text = run::to_csv(runs);
  } else {
    Json rows = Json::array();
    for (const auto& run : runs) rows.add(run::to_json(run));
    text = rows.dump() + "\n";
  }
  if (options.file.empty())
    session.print_bytes(text);
  else
    session.write(options.file, text);
}

void add_question(CLI::App& command, Options& options) {
  command.add_option("question", options.words,
                     "As in: 'metrics.auc > 0.9 and params.depth = 5 order by metrics.auc desc'");
  command.add_option("--where", options.where, "Only runs that this is true of")->type_name("EXPR");
  command.add_option("--order-by", options.order_by, "As in: 'metrics.auc desc, started_at'")
      ->type_name("EXPR");
  command.add_option("--limit", options.limit, "At most so many")
      ->check(CLI::Range(1, 100'000'000))
      ->type_name("N");
}

void add_comparisons(CLI::App& runs, const std::shared_ptr<Options>& options, Session& session) {
  auto* comparing =
      runs.add_subcommand("compare", "Params, metrics and files of runs side by side");
  comparing->add_option("runs", options->ids, "Names, ids or beginnings of ids")
      ->type_name("RUN")
      ->required()
      ->expected(2, 100);
  comparing->add_option("--html", options->html, "Also write a page with plots here")
      ->type_name("FILE");
  comparing->callback([options, &session] { compare(*options, session); });
  auto* diff = runs.add_subcommand("diff", "Only what two runs differ in");
  diff->add_option("runs", options->ids, "Names, ids or beginnings of ids")
      ->type_name("RUN")
      ->required()
      ->expected(2);
  diff->callback([options, &session] {
    const auto two = read_runs(session, options->ids);
    session.show(comparison_view("runs-diff/1", two, rows_of(run::compare_runs(two), two, true)));
  });
  auto* exporting = runs.add_subcommand("export", "Write runs as CSV or JSON");
  add_question(*exporting, *options);
  exporting->add_option("--format", options->format, "csv or json")
      ->check(CLI::IsMember({"csv", "json"}))
      ->capture_default_str();
  exporting->add_option("-o,--output", options->file, "Write here, not to standard output")
      ->type_name("FILE");
  exporting->callback([options, &session] { export_runs(*options, session); });
}

}  // namespace

void add_runs(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("runs", "List, compare and export what was trained");
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "List runs, newest first, or those asked for");
  add_question(*list, *options);
  list->callback([options, &session] {
    auto question = question_of(*options);
    if (!question.limit) question.limit = kListed;  // what the question itself says counts first
    run::close_dead_runs(session.repository());
    session.show(list_view(run::find_runs(session.repository(), question), !question.text.empty()));
  });
  add_comparisons(*command, options, session);
  add_runs_edit(*command, session);
  add_runs_import(*command, session);
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
