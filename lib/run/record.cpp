#include "run/record.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/snapshot.h"
#include "run/environment.h"
#include "run/executor.h"
#include "run/life_sign.h"
#include "run/params.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

/// Removed ones last: `mlo runs restore` names them too.
constexpr auto kNamed = R"sql(
  SELECT id FROM run WHERE name = ?1 ORDER BY deleted <> 0, entry DESC LIMIT 1
)sql";

/// "tumours-9fk2": what people say of a run; the id is what scripts use.
std::string name_of_run(const std::string& project, const std::string& id) {
  auto ending = id.substr(id.size() - 4);
  std::ranges::transform(ending, ending.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return project.empty() ? ending : fmt::format("{}-{}", project, ending);
}

void add_git(Training& training, ledger::Run& run) {
  std::string problem;
  const auto git = workspace::git_state(training.repository.root(), &problem);
  if (!problem.empty()) training.progress.warn(problem);
  if (!git) return;
  run.git_commit = git->commit;
  run.git_branch = git->branch;
  run.git_author = git->author;
  if (git->diff.empty()) return;
  store::Batch batch(training.repository.store());
  run.git_dirty = batch.add(git->diff);
  batch.commit();
}

std::vector<ledger::Artifact> artifacts_of(const std::vector<StoredOutput>& outputs) {
  std::vector<ledger::Artifact> artifacts;
  artifacts.reserve(outputs.size());
  for (const auto& output : outputs) artifacts.push_back({output.path.text(), output.digest});
  return artifacts;
}

bool counts(const StepProgress& step) {
  const auto& status = step.record.status;
  return status == "ran" || status == "cached" || status == "restored";
}

/// Two steps may report one name: then each keeps its own under "<step>.<name>".
Json joined_metrics(std::span<const StepProgress> steps) {
  std::map<std::string, int> reported;
  for (const auto& step : steps)
    for (const auto& [name, value] : step.metrics.as_object()) ++reported[name];
  Json metrics = Json::object();
  for (const auto& step : steps)
    for (const auto& [name, value] : step.metrics.as_object())
      metrics.set(reported[name] == 1 ? name : fmt::format("{}.{}", step.node->spec.name, name),
                  value);
  return metrics;
}

std::vector<ledger::Artifact> sorted(const std::map<std::string, Digest>& contents) {
  std::vector<ledger::Artifact> artifacts;
  artifacts.reserve(contents.size());
  for (const auto& [path, digest] : contents) artifacts.push_back({path, digest});
  return artifacts;
}

ledger::Run run_from(const LiveRun& live) {
  const auto& facts = live.facts;
  ledger::Run run;
  run.id = live.id;
  run.name = facts.string_or("name", "");
  run.status = "interrupted";
  run.started_at = live.started_at;
  run.finished_at = live.started_at;
  run.trigger = facts.string_or("trigger", "user");
  run.params = facts.at("params");
  if (const auto* tags = facts.find("tags")) run.tags = *tags;
  run.tags.set("ended_by", "killed");
  run.environment = Json::object({{"host", live.host}});
  run.git_commit = facts.string_or("git_commit", "");
  run.git_branch = facts.string_or("git_branch", "");
  run.git_author = facts.string_or("git_author", "");
  run.git_dirty = Digest::try_parse(facts.string_or("git_dirty", ""));
  return run;
}

void add_results(ledger::Run& run, const std::vector<StepResult>& results) {
  std::map<std::string, Digest> products;
  for (const auto& result : results) {
    run.steps.push_back({.name = result.step,
                         .status = "ran",
                         .fingerprint = result.fingerprint,
                         .duration_ms = result.duration_ms,
                         .log = fmt::format("logs/{}/{}.log", run.id, result.step),
                         .outputs = artifacts_of(result.outputs)});
    run.finished_at = std::max(run.finished_at, result.finished_at);
    for (const auto& output : result.outputs) products[output.path.text()] = output.digest;
  }
  run.products = sorted(products);
}

std::set<std::string> runs_of(const std::vector<PendingResult>& waiting) {
  std::set<std::string> runs;
  for (const auto& pending : waiting) runs.insert(pending.result.run);
  return runs;
}

/// Makes durable what steps of a killed run had finished. What does not lie there any more, as
/// after a power cut or an edit, is forgotten: its step runs again.
void adopt_pending(workspace::Repository& repository, Journal& journal) {
  auto waiting = journal.pending();
  // Of a run that goes on in another workspace it will take care itself.
  std::erase_if(waiting, [&](const PendingResult& pending) {
    return is_alive(repository, pending.result.run);
  });
  if (waiting.empty()) return;
  workspace::SnapshotBatch files(repository);
  const auto is_there = [&](const StoredOutput& output) {
    if (!status_of(output.path.under(repository.root()))) return false;
    const auto kept = files.keep(output.path);
    return kept.digest == output.digest && kept.folder == output.folder;
  };
  for (const auto& [result, text] : waiting) {
    if (std::ranges::all_of(result.outputs, is_there))
      files.add(text);
    else
      journal.drop_pending(result.fingerprint);
  }
  files.commit([&] {
    for (const auto& run : runs_of(waiting)) journal.accept_pending(run);
  });
}

/// What steps of a killed run told before it was killed, those in flight too.
void add_recorded(workspace::Repository& repository, ledger::Run& run) {
  workspace::SnapshotBatch files(repository);
  const auto scratch = repository.folder() / "tmp" / "runs" / run.id;
  for (const auto& file : folder_entries(scratch)) {
    const auto name = step_of_record(file);
    if (!name) continue;
    Recorded recorded;
    try {
      recorded = keep_recorded(files, scratch, *name);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::bad_input) throw;
      continue;  // somebody else wrote into it
    }
    if (recorded.artifacts.empty()) continue;
    auto step = std::ranges::find(run.steps, *name, &ledger::RunStep::name);
    if (step == run.steps.end())
      step = run.steps.insert(run.steps.end(), {.name = *name, .status = "interrupted"});
    std::ranges::copy(recorded.artifacts, std::back_inserter(step->outputs));
    for (const auto& [metric, value] : recorded.metrics.as_object()) run.metrics.set(metric, value);
    for (const auto& [param, value] : recorded.params.as_object())
      if (run.params.find(param) == nullptr) run.params.set(param, value);
  }
  files.commit();
}

std::vector<Digest> told_by(const ledger::Run& run) {
  std::vector<Digest> told;
  if (run.status != "finished") return told;
  for (const auto& step : run.steps)
    if (step.fingerprint) told.push_back(*step.fingerprint);
  return told;
}

}  // namespace

ledger::Run begin_record(Training& training, std::span<const std::size_t> selected) {
  ledger::Run run;
  run.id = training.run;
  run.name = name_of_run(training.project.name, run.id);
  run.started_at = training.started_at;
  run.trigger = training.options.trigger;
  run.origin.reason = training.options.reason;
  run.tags = training.options.tags;
  for (const auto index : selected) {
    const auto used = params_of(training.graph.nodes[index].spec, training.params);
    for (const auto& [name, value] : used.as_object()) run.params.set(name, value);
  }
  add_git(training, run);
  run.environment = describe_environment(training, selected);
  return run;
}

LiveRun live_run_of(const ledger::Run& run) {
  return {.id = run.id,
          .process = ::getpid(),
          .host = host_name(),
          .started_at = run.started_at,
          .facts = Json::object({{"name", run.name},
                                 {"trigger", run.trigger},
                                 {"reason", run.origin.reason},
                                 {"params", run.params},
                                 {"tags", run.tags},
                                 {"git_commit", run.git_commit},
                                 {"git_branch", run.git_branch},
                                 {"git_author", run.git_author},
                                 {"git_dirty", run.git_dirty ? run.git_dirty->text() : ""}})};
}

void add_steps(ledger::Run& run, std::span<const StepProgress> steps,
               const std::set<Digest>& untold) {
  std::map<std::string, Digest> materials;
  std::map<std::string, Digest> products;
  for (const auto& step : steps) {
    run.steps.push_back(step.record);
    for (const auto& [name, value] : step.recorded.params.as_object())
      if (run.params.find(name) == nullptr) run.params.set(name, value);
    for (const auto& input : step.node->inputs) {
      const auto seen = step.decision.inputs.find(input.path.text());
      if (!input.made && seen != step.decision.inputs.end())
        materials.emplace(seen->first, seen->second);
    }
    const bool made = step.record.status == "ran" || step.record.status == "restored" ||
                      untold.contains(step.decision.fingerprint.digest);
    if (!counts(step) || !made) continue;
    for (const auto& output : step.record.outputs) products[output.path] = output.digest;
  }
  run.materials = sorted(materials);
  run.products = sorted(products);
  run.metrics = joined_metrics(steps);
}

void append_run(Training& training, ledger::Run& run) {
  const auto reason = run.origin.reason;
  add_tracked(training.repository, run);
  const auto entry = training.repository.ledger()
                         .append(ledger::statements_of(run), {.command = "train", .reason = reason})
                         .front();
  run.origin = {.entry = entry.index, .at = entry.time, .actor = entry.actor, .reason = reason};
  training.repository.world().before_step("run.close");
  training.journal.close(run.id, told_by(run));
}

void close_dead_runs(workspace::Repository& repository, Journal& journal) {
  constexpr int kPatienceMs = 10'000;
  const auto is_dead = [&](const LiveRun& live) {
    // On a shared disk a host sees to its own.
    return live.host == host_name() && !is_alive(repository, live.id);
  };
  if (std::ranges::none_of(journal.live_runs(), is_dead)) return;
  // Workspaces beside each other have a lock each: one of them closes a run.
  const FileLock closing(repository.folder() / "closing.lock", kPatienceMs);
  adopt_pending(repository, journal);
  for (const auto& live : journal.live_runs()) {
    if (!is_dead(live)) continue;
    // Killed between the ledger's commit and the journal's: then it has its entry.
    make_executor("local", Json::object(), repository.world())->clear_after(live.id);
    const auto told = ledger::find_run(repository.ledger(), live.id);
    auto run = told ? *told : run_from(live);
    if (!told) {
      add_results(run, journal.results_of(live.id));
      add_recorded(repository, run);
      add_tracked(repository, run);
      repository.ledger().append(
          ledger::statements_of(run),
          {.command = "train", .reason = live.facts.string_or("reason", "")});
    }
    repository.world().before_step("run.close");
    journal.close(live.id, told_by(run));
    std::error_code ignored;
    std::filesystem::remove_all(repository.folder() / "tmp" / "runs" / live.id, ignored);
  }
}

void close_dead_runs(workspace::Repository& repository) {
  if (!Journal::has_live_runs(repository.ledger().database())) return;
  try {
    const auto lock = repository.lock(0);
    Journal journal(repository.ledger().database());
    close_dead_runs(repository, journal);
  } catch (const Error& error) {
    // Somebody is at work: then the live run may be theirs.
    if (error.kind() != ErrorKind::conflict) throw;
  }
}

std::optional<ledger::Run> find_run(workspace::Repository& repository, std::string_view text) {
  // Names are in lower case and ids in upper, so that neither hides the other.
  if (auto run = ledger::find_run(repository.ledger(), text)) return run;
  if (const auto id = parse_run_id(text))
    if (auto run = ledger::find_run(repository.ledger(), *id)) return run;
  if (auto run = find_live_run(repository, text)) return run;
  const auto id = repository.ledger().database().one(
      kNamed, [](const Row& row) { return row.get<std::string>(0); }, text);
  return id ? ledger::find_run(repository.ledger(), *id) : std::nullopt;
}

}  // namespace mlo::run
