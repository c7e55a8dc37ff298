#include "mlo/run/train.h"

#include <fmt/format.h>

#include "commands.h"
#include "mlo/ledger/foresight.h"
#include "mlo/model/reference.h"
#include "mlo/run/drawing.h"
#include "mlo/run/reproduce.h"
#include "mlo/run/watch.h"
#include "mlo/serve/tracking.h"
#include "reproduction_view.h"

namespace mlo::cmd {
namespace {

struct Options {
  run::TrainOptions train;
  std::vector<std::string> params;
  std::string graph;
  bool watch = false;
  std::string reproduce;
  double tolerance = 0;
};

std::map<std::string, std::string> read_params(const std::vector<std::string>& typed) {
  std::map<std::string, std::string> params;
  for (const auto& text : typed) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorKind::usage, "--param '{}' has no value", text)
          .hint("--param name=value, as in --param seed=8");
    params[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return params;
}

Json steps_of(const ledger::Run& run) {
  Json steps = Json::array();
  for (const auto& step : run.steps) {
    const bool computed = !step.log.empty();
    steps.add(Json::object({{"name", step.name},
                            {"status", step.status},
                            {"duration_ms", step.duration_ms > 0 ? Json(step.duration_ms) : Json()},
                            {"reason", step.reason},
                            {"exit_code", computed ? Json(step.exit_code) : Json()},
                            {"log", computed ? Json(".mlo/" + step.log) : Json()}}));
  }
  return steps;
}

Json lines_of(const std::string& text) {
  Json lines = Json::array();
  for (std::size_t start = 0; start < text.size();) {
    const auto end = std::min(text.find('\n', start), text.size());
    lines.add(Json::object({{"line", text.substr(start, end - start)}}));
    start = end + 1;
  }
  return lines;
}

using Registered = std::vector<model::Registration>;

bool is_known(const model::Registration& one) {
  return one.what == model::Registration::What::known;
}

std::optional<ErrorKind> first_problem(const Registered& registered) {
  for (const auto& one : registered)
    if (one.problem) return one.problem->kind();
  return std::nullopt;
}

Json refused_in(const Registered& registered) {
  Json models = Json::array();
  for (const auto& one : registered)
    if (one.problem)
      models.add(Json::object({{"model", one.version.model}, {"problem", one.problem->message()}}));
  return models;
}

Json row_of(const model::Registration& one) {
  return Json::object({{"model", one.version.model},
                       {"version", one.version.number},
                       {"digest", one.version.digest.text()},
                       {"note", one.note}});
}

Json recorded_in(const Registered& registered) {
  Json versions = Json::array();
  for (const auto& one : registered)
    if (!is_known(one) && !one.problem) versions.add(row_of(one));
  return versions;
}

/// Versions whose content the run made again.
Json made_again(const run::Trained& trained, const Registered& registered) {
  Json versions = Json::array();
  for (const auto& one : registered)
    if (is_known(one) && std::ranges::find(trained.run.products, one.version.digest,
                                           &ledger::Artifact::digest) != trained.run.products.end())
      versions.add(row_of(one));
  return versions;
}

std::vector<ui::Column> version_columns() {
  return {{"model", "Model"},
          {"version", "Version"},
          {"digest", "Digest", ui::Format::digest},
          {"note", ""}};
}

const ledger::RunStep* failed(const run::Trained& trained) {
  for (const auto& step : trained.run.steps)
    if (step.name == trained.failed_step) return &step;
  return nullptr;
}

std::string headline(const run::Trained& trained) {
  if (const auto* step = failed(trained))
    return fmt::format("Step '{}' failed: {}", step->name, step->reason);
  if (trained.ran_nothing) return "Nothing to do: every step is up to date";
  if (trained.run.status == "planned") return "What would happen";
  return fmt::format("Run {} {}", trained.run.name, trained.run.status);
}

/// What was registered is to be judged; so is what came out again, by its number.
std::vector<std::string> next_after(const Json& recorded, const Json& known) {
  if (recorded.size() > 0)
    return {fmt::format("mlo validate {}", recorded.as_array()[0]["model"].as_string())};
  if (known.size() == 0) return {};
  const auto& version = known.as_array()[0];
  return {fmt::format("mlo validate {}@{}", version["model"].as_string(),
                      version["version"].as_integer())};
}

ui::View view(const run::Trained& trained, const Registered& registered) {
  const auto& run = trained.run;
  const auto recorded = recorded_in(registered);
  const auto known = made_again(trained, registered);
  const auto* culprit = failed(trained);
  const auto log = culprit == nullptr || culprit->log.empty() ? "" : ".mlo/" + culprit->log;
  return {.shape = "train/1",
          .headline = headline(trained),
          .good = culprit == nullptr && !first_problem(registered),
          .fields = {{"run", run.id.empty() ? "" : "Run", run.id.empty() ? Json() : Json(run.id)},
                     {"status", "", run.status},
                     {"ran_nothing", "", trained.ran_nothing},
                     {"failed_step", "", culprit == nullptr ? Json() : Json(culprit->name)},
                     {"metrics", run.metrics.size() == 0 ? "" : "Metrics", run.metrics},
                     {"log", log.empty() ? "" : "Log", log.empty() ? Json() : Json(log)},
                     {.key = "steps",
                      .label = "Steps",
                      .value = steps_of(run),
                      .columns = {{"name", "Step"},
                                  {"status", "What"},
                                  {"duration_ms", "Took", ui::Format::duration},
                                  {"reason", "Why"}}},
                     {.key = "registered",
                      .label = "Registered",
                      .value = recorded,
                      .columns = version_columns()},
                     {.key = "known",
                      .label = "Registered before",
                      .value = known,
                      .columns = version_columns()},
                     {"refused", "", refused_in(registered)},
                     {.key = "log_tail",
                      .label = fmt::format("The end of {}", log),
                      .value = lines_of(trained.log_tail),
                      .columns = {{"line", "Line"}}}},
          .next = next_after(recorded, known)};
}

run::Drawing drawing_named(const std::string& name) {
  if (name == "mermaid") return run::Drawing::mermaid;
  return name == "dot" ? run::Drawing::dot : run::Drawing::text;
}

/// Trains once and shows it; the repository is opened anew, as mlo.yaml may have changed.
void train_once(const run::TrainOptions& options, Session& session) {
  auto repository = workspace::Repository::open(session.repository().root(), session.world());
  if (const auto known = run::recall_standstill(repository, options))
    return session.show(view(*known, {}));
  if (!options.dry_run) ledger::require_action(repository.ledger(), "train", repository.world());
  serve::TrainingEndpoint endpoint(repository, session.progress());
  auto train = options;
  train.environment = [&](const run::StepStart& step) { return endpoint.environment_of(step); };
  const auto trained = run::train(repository, train, session.progress(), session.stop());
  const auto registered = model::register_models(repository, trained, options.reason);
  // What is not known of a version yet may be to be had next time.
  if (std::ranges::all_of(registered,
                          [](const auto& one) { return is_known(one) && one.note.empty(); }))
    run::remember_standstill(trained);
  if (const auto problem = first_problem(registered)) {
    session.show(view(trained, registered), problem);
    for (const auto& one : registered)
      if (one.problem) session.report(*one.problem);
    return;
  }
  session.show(view(trained, registered), trained.failed_step.empty());
}

void watch(const run::TrainOptions& options, Session& session) {
  run::watch(session.repository().root(), options, session.world(), session.stop(), [&] {
    try {
      train_once(options, session);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::interrupted) throw;
      session.report(error);  // and the next change may mend it
    }
    session.progress().say("waiting for a change");
  });
}

void train(const Options& options, Session& session) {
  if (!options.graph.empty()) {
    session.print_bytes(
        run::draw_pipeline(session.repository().project(), drawing_named(options.graph)));
    return;
  }
  auto train = options.train;
  train.params = read_params(options.params);
  if (!options.reproduce.empty()) {
    ledger::require_action(session.repository().ledger(), "train", session.world());
    const auto reproduction = run::reproduce(session.repository(),
                                             {.run = options.reproduce,
                                              .tolerance = options.tolerance,
                                              .jobs = train.jobs,
                                              .executor = train.executor},
                                             session.progress(), session.stop());
    session.show(reproduction_view(reproduction), reproduction.reproduced());
    return;
  }
  if (options.watch) return watch(train, session);
  train_once(train, session);
}

/// What goes another way than a plain run.
void add_other_ways(CLI::App& command, Options& options) {
  auto* watch = command.add_flag("--watch", options.watch, "Go on, and train again on each change");
  auto* reproduce = command
                        .add_option("--reproduce", options.reproduce,
                                    "Do a run again in a folder of its own, and compare")
                        ->type_name("RUN");
  command
      .add_option("--tolerance", options.tolerance, "Share by which a reproduced metric may differ")
      ->check(CLI::Range(0.0, 1.0))
      ->needs(reproduce)
      ->type_name("SHARE")
      ->capture_default_str();
  watch->excludes(reproduce);
  for (const auto* other : {"--param", "--dry-run", "--force", "--no-cache", "--keep-going"})
    reproduce->excludes(command.get_option(other));
  watch->excludes(command.get_option("--dry-run"));
  watch->excludes(command.get_option("--force"));
}

}  // namespace

void add_train(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto* command = mlo.add_subcommand("train", "Run the pipeline of mlo.yaml where it changed");
  command
      ->add_option("steps", options->train.steps, "Steps to bring up to date, with what they need")
      ->type_name("STEP");
  command->add_option("-j,--jobs", options->train.jobs, "Steps to run at once")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--param", options->params, "Value of a param for this run")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command->add_flag("--dry-run", options->train.dry_run, "Say what would run, and why");
  command->add_flag("--force", options->train.force, "Run the steps although nothing changed");
  command->add_flag("-k,--keep-going", options->train.keep_going,
                    "After a failure run what does not need the failed step");
  command->add_flag("--no-cache", options->train.no_cache,
                    "Run steps rather than restore what they made before");
  add_other_ways(*command, *options);
  command
      ->add_option("--graph", options->graph,
                   "Only draw the pipeline: as text, unless FORMAT is mermaid or dot")
      ->check(CLI::IsMember({"text", "mermaid", "dot"}))
      ->expected(0, 1)
      ->default_str("text")
      ->option_text("[FORMAT]");
  command
      ->add_option("--executor", options->train.executor,
                   "Where steps are computed that do not say it: local or slurm")
      ->type_name("NAME");
  command->add_option("-m,--message", options->train.reason, "Why: kept in the ledger")
      ->type_name("WHY");
  command->callback([options, &session] { train(*options, session); });
}

}  // namespace mlo::cmd
