#include "run/dead_runs.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/run/tracking.h"
#include "mlo/run/train.h"
#include "mlo/workspace/pipeline_lock.h"
#include "mlo/workspace/snapshot.h"
#include "run/environment.h"
#include "run/executor.h"
#include "run/life_sign.h"
#include "run/record.h"
#include "run/recorded.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

bool is_dead(const workspace::Repository& repository, const LiveRun& live) {
  // On a shared disk a host sees to its own.
  return live.host == host_name() && !is_alive(repository, live.id);
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
  run.products = artifacts_of(products);
}

/// What the entry of a killed run will say.
ledger::Run run_from(const LiveRun& live, Journal& journal) {
  const auto& facts = live.facts;
  ledger::Run run;
  run.id = live.id;
  run.name = facts.string_or("name", "");
  run.status = "interrupted";
  run.started_at = live.started_at;
  run.finished_at = live.started_at;
  run.trigger = facts.string_or("trigger", "user");
  if (const auto* params = facts.find("params")) run.params = canonical_integers(*params);
  if (const auto* tags = facts.find("tags")) run.tags = *tags;
  run.tags.set("ended_by", "killed");
  run.environment = Json::object({{"host", live.host}});
  run.git_commit = facts.string_or("git_commit", "");
  run.git_branch = facts.string_or("git_branch", "");
  run.git_author = facts.string_or("git_author", "");
  run.git_dirty = Digest::try_parse(facts.string_or("git_dirty", ""));
  run.origin.reason = facts.string_or("reason", "");
  add_results(run, journal.results_of(live.id));
  return run;
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

/// Writes the run's entry, unless it was killed between the ledger's commit and the journal's.
void close_run(workspace::Repository& repository, Journal& journal, const LiveRun& live) {
  make_executor("local", Json::object(), repository.world())->clear_after(live.id);
  const auto told = ledger::find_run(repository.ledger(), live.id);
  auto run = told ? *told : run_from(live, journal);
  if (!told) {
    add_recorded(repository, run);
    add_tracked(repository, run);
    repository.ledger().append(ledger::statements_of(run),
                               {.command = "train", .reason = run.origin.reason});
  }
  repository.world().before_step("run.close");
  journal.close(live.id, told_by(run));
  std::error_code ignored;
  std::filesystem::remove_all(repository.folder() / "tmp" / "runs" / live.id, ignored);
}

/// What is wrong with what a run left, not with the disk, the command or who gives it.
bool is_of_the_run(const Error& error) {
  return error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::integrity ||
         error.kind() == ErrorKind::not_found;
}

}  // namespace

void close_dead_runs(workspace::Repository& repository, Journal& journal, Progress& progress) {
  constexpr int kPatienceMs = 10'000;
  const auto any = [&](const LiveRun& live) { return is_dead(repository, live); };
  if (std::ranges::none_of(journal.live_runs(), any)) return;
  // Workspaces beside each other have a lock each: one of them closes a run.
  const FileLock closing(repository.folder() / "closing.lock", kPatienceMs);
  adopt_pending(repository, journal);
  for (const auto& live : journal.live_runs()) {
    if (!is_dead(repository, live)) continue;
    try {
      close_run(repository, journal, live);
    } catch (const Error& error) {
      if (!is_of_the_run(error)) throw;
      // What it left stays for a later mlo: no other run has to wait for it.
      progress.warn(fmt::format("run {} was killed, and cannot be recorded: {}",
                                live.facts.string_or("name", live.id), error.message()));
    }
  }
}

void close_dead_runs(workspace::Repository& repository, Progress& progress) {
  if (!Journal::has_live_runs(repository.ledger().database())) return;
  try {
    const auto lock = workspace::lock_pipeline(repository, no_progress(), 0);
    Journal journal(repository.ledger().database());
    close_dead_runs(repository, journal, progress);
  } catch (const Error& error) {
    // Somebody is at work: then the live run may be theirs. Who may only read leaves it to others.
    if (error.kind() != ErrorKind::conflict && error.kind() != ErrorKind::not_allowed) throw;
  }
}

std::vector<ledger::Run> dead_runs(workspace::Repository& repository) {
  auto& database = repository.ledger().database();
  if (!Journal::has_live_runs(database)) return {};
  Journal journal(database);
  std::vector<ledger::Run> runs;
  for (const auto& live : journal.live_runs())
    if (is_dead(repository, live)) runs.push_back(run_from(live, journal));
  return runs;
}

std::optional<ledger::Run> find_dead_run(workspace::Repository& repository, std::string_view text) {
  const auto id = parse_run_id(text).value_or(std::string(text));
  if (id.empty()) return std::nullopt;
  for (auto& run : dead_runs(repository))
    if (run.id.starts_with(id) || run.name == text) return std::move(run);
  return std::nullopt;
}

}  // namespace mlo::run
