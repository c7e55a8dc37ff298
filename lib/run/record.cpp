#include "run/record.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/workspace/git.h"
#include "mlo/workspace/snapshot.h"
#include "run/dead_runs.h"
#include "run/environment.h"
#include "run/params.h"
#include "run/tracking/rows.h"

namespace mlo::run {
namespace {

/// Removed ones last: they can be looked at until `mlo gc`.
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
    for (const auto& [name, value] : used.as_object())
      run.params.set(name, canonical_integers(value));
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
  run.materials = artifacts_of(materials);
  run.products = artifacts_of(products);
  run.metrics = joined_metrics(steps);
}

std::vector<ledger::Artifact> artifacts_of(const std::vector<StoredOutput>& outputs) {
  std::vector<ledger::Artifact> artifacts;
  artifacts.reserve(outputs.size());
  for (const auto& output : outputs) artifacts.push_back({output.path.text(), output.digest});
  return artifacts;
}

std::vector<ledger::Artifact> artifacts_of(const std::map<std::string, Digest>& contents) {
  std::vector<ledger::Artifact> artifacts;
  artifacts.reserve(contents.size());
  for (const auto& [path, digest] : contents) artifacts.push_back({path, digest});
  return artifacts;
}

std::vector<Digest> told_by(const ledger::Run& run) {
  std::vector<Digest> told;
  if (run.status != "finished") return told;
  for (const auto& step : run.steps)
    if (step.fingerprint) told.push_back(*step.fingerprint);
  return told;
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

std::optional<ledger::Run> find_run(workspace::Repository& repository, std::string_view text) {
  // Names are in lower case and ids in upper, so that neither hides the other.
  if (auto run = ledger::find_run(repository.ledger(), text)) return run;
  if (const auto id = parse_run_id(text))
    if (auto run = ledger::find_run(repository.ledger(), *id)) return run;
  if (auto run = find_live_run(repository, text)) return run;
  if (auto run = find_dead_run(repository, text)) return run;
  const auto id = repository.ledger().database().one(
      kNamed, [](const Row& row) { return row.get<std::string>(0); }, text);
  return id ? ledger::find_run(repository.ledger(), *id) : std::nullopt;
}

}  // namespace mlo::run
