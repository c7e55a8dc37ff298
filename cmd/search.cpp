#include "mlo/run/search.h"

#include <fmt/format.h>

#include "commands.h"
#include "mlo/core/figure.h"
#include "mlo/core/text.h"
#include "mlo/ledger/foresight.h"
#include "mlo/serve/tracking.h"
#include "mlo/workspace/params_file.h"
#include "option_checks.h"

namespace mlo::cmd {
namespace {

struct Options {
  run::SearchOptions search;
  std::string time;
  bool show = false;
  bool apply = false;
};

constexpr std::size_t kListed = 10;

Json json_of(const run::Trial& trial) {
  return Json::object({{"trial", trial.number},
                       {"run", trial.run},
                       {"name", trial.run_name},
                       {"status", trial.status},
                       {"value", trial.value ? Json(*trial.value) : Json()},
                       {"params", trial.params},
                       {"duration_ms", trial.duration_ms},
                       {"problem", trial.problem.empty() ? Json() : Json(trial.problem)}});
}

/// Best first; what has no value comes last.
Json best_of(const run::Searched& searched) {
  std::vector<const run::Trial*> trials;
  for (const auto& trial : searched.trials) trials.push_back(&trial);
  const auto rank = [&](const run::Trial* trial) {
    const bool counts = trial->status == "finished" && trial->value;
    return std::pair(counts ? 0 : 1, !trial->value       ? 0.0
                                     : searched.maximize ? -*trial->value
                                                         : *trial->value);
  };
  std::ranges::stable_sort(trials, {}, rank);
  Json rows = Json::array();
  for (const auto* trial : trials)
    if (rows.size() < kListed) rows.add(json_of(*trial));
  return rows;
}

std::size_t count(const run::Searched& searched, std::string_view status) {
  return static_cast<std::size_t>(std::ranges::count(searched.trials, status, &run::Trial::status));
}

std::string headline(const run::Searched& searched) {
  if (searched.ended == "failures")
    return fmt::format("Search '{}' was given up: every trial failed", searched.name);
  if (!searched.best) return fmt::format("No trial of search '{}' has finished", searched.name);
  const auto& best = searched.trials[*searched.best];
  return fmt::format("Best of {} trials: {} with {} {}", searched.trials.size(), best.run_name,
                     searched.metric, format_figure(*best.value));
}

std::string_view why(const std::string& ended) {
  if (ended == "trials") return "it has as many trials as it may";
  if (ended == "time") return "its time is over";
  if (ended == "space") return "every point was tried";
  if (ended == "failures") return "every trial failed";
  return "";
}

ui::View view(const run::Searched& searched) {
  Json all = Json::array();
  for (const auto& trial : searched.trials) all.add(json_of(trial));
  const auto* best = searched.best ? &searched.trials[*searched.best] : nullptr;
  const auto problem = searched.trials.empty() ? "" : searched.trials.front().problem;
  ui::View view{
      .shape = "search/1",
      .headline = headline(searched),
      .good = best != nullptr,
      .fields = {
          {"search", "", searched.name},
          {"goal", "", searched.maximize ? "maximize" : "minimize"},
          {"metric", "", searched.metric},
          {"best", "", best == nullptr ? Json() : json_of(*best)},
          {"best_params", best == nullptr ? "" : "Params", best == nullptr ? Json() : best->params},
          {"finished", "Finished", static_cast<std::int64_t>(count(searched, "finished"))},
          {"stopped", count(searched, "stopped") > 0 ? "Given up early" : "",
           static_cast<std::int64_t>(count(searched, "stopped"))},
          {"failed", count(searched, "failed") > 0 ? "Failed" : "",
           static_cast<std::int64_t>(count(searched, "failed"))},
          {"begun_now", "", static_cast<std::int64_t>(searched.begun_now)},
          {"ended", "", searched.ended},
          {"ended_because", why(searched.ended).empty() ? "" : "Ended", why(searched.ended)},
          {"first_problem", searched.ended == "failures" ? "First" : "",
           problem.empty() ? Json() : Json(problem)},
          {.key = "trials", .label = "", .value = std::move(all)},
          {.key = "listed",
           .label = "Trials",
           .value = best_of(searched),
           .columns = {{"trial", "Trial"},
                       {"name", "Run"},
                       {"status", "What"},
                       {"value", searched.metric, ui::Format::number},
                       {"params", "Params"},
                       {"duration_ms", "Took", ui::Format::duration}}}}};
  if (best != nullptr)
    view.next = {fmt::format("mlo search {} --apply", searched.name),
                 fmt::format("mlo runs show {}", best->run_name)};
  return view;
}

void apply(const Options& options, Session& session) {
  const auto searched = run::searched(session.repository(), options.search.name);
  if (!searched.best)
    throw Error(ErrorKind::not_found, "no trial of search '{}' has finished", searched.name);
  const auto& best = searched.trials[*searched.best];
  Json rows = Json::array();
  for (const auto& change : workspace::change_params(session.repository(), best.params))
    rows.add(Json::object({{"name", change.name},
                           {"file", change.file},
                           {"before", change.before},
                           {"after", change.after}}));
  const bool changed = rows.size() > 0;
  session.show({.shape = "search-apply/1",
                .headline = changed ? fmt::format("Params of trial {} ({}) are written",
                                                  best.number, best.run_name)
                                    : fmt::format("Params are those of trial {} ({}) already",
                                                  best.number, best.run_name),
                .fields = {{"search", "", searched.name},
                           {"trial", "", best.number},
                           {"run", "", best.run},
                           {"metric", "", searched.metric},
                           {"value", "", *best.value},
                           {.key = "changes",
                            .label = "Changes",
                            .value = std::move(rows),
                            .columns = {{"name", "Param"},
                                        {"before", "Before"},
                                        {"after", "After"},
                                        {"file", "File"}}}},
                .next = {"mlo train"}});
}

void search(Options options, Session& session) {
  if (options.apply) return apply(options, session);
  if (options.show)
    return session.show(view(run::searched(session.repository(), options.search.name)));
  // Each of its trials is a run.
  ledger::require_action(session.repository().ledger(), "train", session.world());
  if (!options.time.empty()) options.search.seconds = parse_duration(options.time).count();
  serve::TrainingEndpoint endpoint(session.repository(), session.progress());
  options.search.environment = [&](const run::StepStart& step) {
    return endpoint.environment_of(step);
  };
  const auto searched =
      run::search(session.repository(), options.search, session.progress(), session.stop());
  session.show(view(searched), searched.best.has_value());
}

}  // namespace

void add_search(CLI::App& mlo, Session& session) {
  const auto options = std::make_shared<Options>();
  auto& search_options = options->search;
  auto* command =
      mlo.add_subcommand("search", "Look for good params: a search of mlo.yaml, a run each trial");
  command->add_option("search", search_options.name, "Which, when mlo.yaml has several")
      ->type_name("SEARCH");
  command->add_option("-j,--jobs", search_options.jobs, "Trials to run at once")
      ->check(CLI::Range(1, 256))
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--trials", search_options.trials,
                   "End with so many, earlier ones included; default: mlo.yaml's")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command
      ->add_option("--time", options->time,
                   "Begin no trial after so long, as in 30m; default: mlo.yaml's")
      ->check(readable_by(parse_duration))
      ->type_name("SPAN");
  command
      ->add_option("--sampler", search_options.sampler,
                   "How params are drawn; default: mlo.yaml's, else tpe")
      ->check(CLI::IsMember({"grid", "random", "latin-hypercube", "sobol", "tpe"}))
      ->type_name("NAME");
  command
      ->add_option("--seed", search_options.seed,
                   "Begins the chance that samplers use; default: mlo.yaml's")
      ->type_name("N");
  command->add_flag("--show", options->show, "Only tell what its newest trials found");
  command->add_flag("--apply", options->apply, "Only write the best trial's params into mlo.yaml")
      ->excludes("--show");
  command->add_option("-m,--message", search_options.reason, "Why: kept with each run")
      ->type_name("WHY");
  command->callback([options, &session] { search(*options, session); });
}

}  // namespace mlo::cmd
