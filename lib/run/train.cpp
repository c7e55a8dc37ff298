#include "mlo/run/train.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/workspace/pipeline_lock.h"
#include "run/dead_runs.h"
#include "run/decision.h"
#include "run/identifier.h"
#include "run/life_sign.h"
#include "run/params.h"
#include "run/record.h"
#include "run/schedule.h"
#include "run/standstill.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr int kPatienceMs = 1000;

Training make_training(workspace::Repository& repository, const TrainOptions& options,
                       Progress& progress, const std::stop_token& stop) {
  const auto& project = options.project != nullptr ? *options.project : repository.project();
  if (project.steps.empty())
    throw Error(ErrorKind::not_found, "mlo.yaml has no pipeline")
        .hint(
            "write under 'pipeline:'  fit: {{run: python fit.py, in: [fit.py], out: "
            "[model.onnx]}}");
  auto params = with_overrides(project.params, options.params);
  const bool as_written = options.params.empty() || project.templates.empty();
  const auto steps =
      as_written ? project.steps : workspace::filled_steps(project.templates, params);
  return {.repository = repository,
          .options = options,
          .project = project,
          .progress = progress,
          .stop = stop,
          .journal = Journal(repository.ledger().database()),
          .files = workspace::SnapshotBatch(repository, stop),
          .graph = build_graph(steps),
          .params = std::move(params),
          .lock = workspace::read_lock_file(repository.root()),
          .run = options.run.empty() ? new_run_id(repository.world()) : options.run,
          .started_at = repository.world().now()};
}

/// Steps and outputs that mlo.yaml no longer has leave the lock; true when there were any.
bool prune_lock(Training& training) {
  std::set<std::string> steps;
  std::set<std::string> made;
  for (const auto& node : training.graph.nodes) {
    steps.insert(node.spec.name);
    for (const auto& output : node.outputs) made.insert(output.text());
  }
  const auto known_output = [&](const auto& output) {
    auto path = output.first;
    if (path.ends_with('/')) path.pop_back();
    return made.contains(path);
  };
  auto& lock = training.lock;
  return std::erase_if(lock.steps, [&](const auto& step) { return !steps.contains(step.first); }) +
             std::erase_if(lock.outputs,
                           [&](const auto& output) { return !known_output(output); }) >
         0;
}

bool is_used(const Graph& graph, std::span<const std::size_t> selected, const std::string& name) {
  return std::ranges::any_of(
      selected, [&](std::size_t index) { return uses_param(graph.nodes[index].spec, name); });
}

/// What a param's name with a slip in it becomes in a shell: nothing, without a word.
void warn_of_param_slips(Training& training, std::span<const std::size_t> selected) {
  if (training.project.templates.empty()) return;
  std::set<std::string> names;
  for (const auto index : selected) names.insert(training.graph.nodes[index].spec.name);
  std::set<std::string> told;  // copies of a step are written once
  for (const auto& step : training.project.templates) {
    if (!names.contains(step.name)) continue;
    for (const auto& [name, meant] :
         param_slips(step, training.params, training.repository.world())) {
      auto line = fmt::format(
          "{}:{}: no param is called '{}', so the shell fills in '${{{}}}': "
          "did you mean '${{{}}}'?",
          step.source, step.line, name, name, meant);
      if (told.insert(line).second) training.progress.warn(line);
    }
  }
}

void warn_of_slips(Training& training, std::span<const std::size_t> selected) {
  warn_of_param_slips(training, selected);
  for (const auto& [name, value] : training.options.params)
    if (!is_used(training.graph, selected, name))
      training.progress.warn(fmt::format("no step of this run uses param '{}'", name));
}

/// Returns how many inputs it warned of.
std::size_t warn_of_untracked(const Training& training, const std::vector<StepProgress>& steps) {
  std::set<std::string> told;
  for (const auto& step : steps)
    for (const auto& [path, digest] : step.decision.inputs) {
      auto tracked = training.lock.data.find(path);
      if (tracked == training.lock.data.end()) tracked = training.lock.data.find(path + "/");
      if (tracked == training.lock.data.end() || tracked->second == digest) continue;
      if (told.insert(path).second)
        training.progress.warn(
            fmt::format("'{}' has changed since it was tracked: mlo track {}", path, path));
    }
  return told.size();
}

/// The steps that would run, without touching anything.
Trained plan(Training& training, std::span<const std::size_t> selected) {
  Trained planned;
  planned.run.status = "planned";
  planned.ran_nothing = true;
  std::set<std::size_t> open;  // their outputs are not known before they run
  for (const auto index : selected) {
    const auto& node = training.graph.nodes[index];
    auto& record = planned.run.steps.emplace_back();
    record.name = node.spec.name;
    const auto before =
        std::ranges::find_if(node.needs, [&](auto need) { return open.contains(need); });
    if (before != node.needs.end()) {
      record.status = "run";
      record.reason =
          fmt::format("step '{}' runs before it", training.graph.nodes[*before].spec.name);
      open.insert(index);
      continue;
    }
    const auto decision = decide(training, node);
    warn_if_overruled(training, node, decision);
    record.reason = decision.reason;
    record.fingerprint = decision.fingerprint.digest;
    switch (decision.verdict) {
      case Decision::Verdict::cached: record.status = "cached"; break;
      case Decision::Verdict::restore: record.status = "restore"; break;
      case Decision::Verdict::run: record.status = "run"; break;
    }
    if (decision.verdict == Decision::Verdict::run) open.insert(index);
    if (decision.verdict == Decision::Verdict::restore)
      for (const auto& output : decision.outputs)
        training.expected[output.path.text()] = output.digest;
    planned.ran_nothing = planned.ran_nothing && decision.verdict == Decision::Verdict::cached;
  }
  planned.ran_nothing = planned.ran_nothing && open.empty();
  return planned;
}

std::optional<ledger::Run> newest_finished(ledger::Ledger& ledger) {
  // Nearly always the newest: each costs as much to read as its steps are many.
  for (const std::int64_t most : {1, 20})
    for (auto& run : ledger::runs(ledger, most))
      if (run.status == "finished") return std::move(run);
  return std::nullopt;
}

/// Records what the schedule did with its steps.
ledger::Run record(Training& training, ledger::Run run, const Schedule& schedule,
                   const std::set<Digest>& untold, std::string status) {
  run.status = std::move(status);
  run.finished_at = training.repository.world().now();
  add_steps(run, schedule.steps(), untold);
  append_run(training, run);
  std::error_code ignored;
  fs::remove_all(training.scratch(), ignored);
  return run;
}

bool needs_entry(const Training& training, const Schedule& schedule,
                 const std::set<Digest>& untold) {
  return training.options.always_record || schedule.begun() ||
         std::ranges::any_of(schedule.steps(), [&](const StepProgress& step) {
           return step.record.status == "failed" ||
                  untold.contains(step.decision.fingerprint.digest);
         });
}

/// `sighting`: where the answer may be kept when nothing is to be done.
Trained run_steps(Training& training, std::span<const std::size_t> selected,
                  std::shared_ptr<workspace::Sighting> sighting) {
  const auto untold = training.journal.untold();
  std::optional<ledger::Run> begun;
  std::optional<LifeSign> alive;
  Schedule schedule(training, selected, [&] {
    begun = begin_record(training, selected);
    alive.emplace(training.repository, training.run);
    forget_standstill(training.repository);
    training.repository.world().before_step("run.begin");
    training.journal.begin(live_run_of(*begun));
  });
  try {
    schedule.go();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted || !begun) throw;
    if (const auto by = training.options.stopped_by ? training.options.stopped_by() : "";
        !by.empty())
      begun->tags.set("stopped_by", by);
    record(training, std::move(*begun), schedule, untold, "interrupted");
    throw Error(ErrorKind::interrupted, "interrupted: run {} stays unfinished", training.run)
        .hint("mlo train goes on after the last finished step");
  }
  const auto warnings = warn_of_untracked(training, schedule.steps());
  Trained trained;
  trained.failed_step = schedule.failed_step();
  for (const auto& step : schedule.steps())
    if (!trained.failed_step.empty() && step.record.name == trained.failed_step &&
        !step.record.log.empty())
      trained.log_tail = log_tail(training.repository.folder() / step.record.log);
  if (!needs_entry(training, schedule, untold)) {
    trained.ran_nothing = true;
    // For the version of its model that a crash may have left undone.
    if (!training.project.models.empty())
      trained.previous = newest_finished(training.repository.ledger());
    trained.run.status = "finished";
    add_steps(trained.run, schedule.steps(), untold);
    // What is warned of is to be warned of again.
    if (sighting && warnings == 0 && trained.failed_step.empty()) {
      note_all(*sighting, training);
      trained.sighting = std::move(sighting);
    }
    return trained;
  }
  trained.run = record(training, begun ? std::move(*begun) : begin_record(training, selected),
                       schedule, untold, trained.failed_step.empty() ? "finished" : "failed");
  return trained;
}

}  // namespace

Trained train(workspace::Repository& repository, const TrainOptions& options, Progress& progress,
              const std::stop_token& stop) {
  if (options.dry_run) {
    auto training = make_training(repository, options, progress, stop);
    const auto selected = select_steps(training.graph, options.steps);
    require_sources(training.graph, selected, repository.root(), training.lock);
    warn_of_slips(training, selected);
    return plan(training, selected);
  }
  const auto lock = workspace::lock_pipeline(repository, progress, kPatienceMs);
  auto sighting = begin_sighting(repository, options);
  auto training = make_training(repository, options, progress, stop);
  close_dead_runs(repository, training.journal, progress);
  const auto selected = select_steps(training.graph, options.steps);
  require_sources(training.graph, selected, repository.root(), training.lock);
  warn_of_slips(training, selected);
  if (prune_lock(training)) write_facts(training);
  return run_steps(training, selected, std::move(sighting));
}

}  // namespace mlo::run
