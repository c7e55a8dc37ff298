#include "monitor/actions.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/time.h"
#include "mlo/model/reference.h"
#include "mlo/model/validation.h"
#include "mlo/run/runs.h"
#include "mlo/run/train.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
/// Tags a retraining with the model that it is for.
constexpr auto kModelTag = "model";

std::vector<std::string> actions_for(const workspace::ModelSpec& spec, const std::string& kind) {
  const auto found = spec.monitor->actions.find(kind);
  return found == spec.monitor->actions.end() ? std::vector<std::string>{} : found->second;
}

bool wants(const std::vector<std::string>& actions, std::string_view action) {
  return std::ranges::find(actions, action) != actions.end();
}

/// The newest run that was started for the model by what was noticed, however it ended.
std::optional<run::RunSummary> last_retraining(workspace::Repository& repository,
                                               const std::string& model) {
  const auto found = run::find_runs(
      repository, {.text = fmt::format("trigger in ('drift', 'decay', 'error') and tags.{} = '{}'",
                                       kModelTag, model),
                   .order_by = {},
                   .limit = 1});
  return found.empty() ? std::nullopt : std::optional(found.front());
}

/// Why the model may not be retrained yet; empty when it may. A retraining that failed counts: what
/// is broken would be computed again at every look.
std::string cooldown_note(workspace::Repository& repository, const workspace::ModelSpec& spec) {
  const auto last = last_retraining(repository, spec.name);
  if (!last) return {};
  const auto passed =
      (repository.world().now().microseconds - last->finished_at.microseconds) / kMicrosPerSecond;
  const auto left = spec.monitor->cooldown_seconds - passed;
  if (left <= 0) return {};
  return fmt::format("not retrained: the last retraining{} is too recent, {} to go",
                     last->status == "finished" ? "" : fmt::format(" ({})", last->status),
                     format_duration(std::chrono::seconds(left)));
}

/// What goes wrong in `act` is told beside what was noticed, which is recorded already.
template <typename Act>
void noting(Watched& watched, std::string_view what, Act&& act) {
  try {
    act();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    add_note(watched, fmt::format("{}: {}{}", what, error.message(),
                                  error.hint().empty() ? "" : fmt::format(" ({})", error.hint())));
  }
}

void register_challengers(workspace::Repository& repository, const run::Trained& trained,
                          const Noticed& cause, Watched& watched) {
  const auto registered = model::register_models(repository, trained, cause.message);
  watched.challengers = model::recorded(registered);
  bool refused = false;
  for (const auto& one : registered)
    if (one.problem) {
      refused = true;
      add_note(watched, fmt::format("'{}' was trained and not registered: {}", one.version.model,
                                    one.problem->message()));
    }
  if (!watched.challengers.empty() || refused) return;
  add_note(
      watched,
      trained.ran_nothing
          ? "not retrained: no input of the pipeline has changed; track new labelled data first"
          : "the retraining made the same model again");
}

/// The tracked data with a contract that the challengers were made from: the gate asks for evidence
/// about it, too. Whether other data holds is no question of theirs.
std::set<std::string> judged_data(workspace::Repository& repository, const Watched& watched) {
  std::set<Digest> contracted;
  for (const auto& version : ledger::dataset_versions(repository.ledger()))
    if (version.schema) contracted.insert(version.digest);
  std::set<std::string> paths;
  for (const auto& challenger : watched.challengers)
    for (const auto& dataset : challenger.datasets)
      if (contracted.contains(dataset.digest)) paths.insert(dataset.path);
  return paths;
}

void validate(workspace::Repository& repository, const Noticed& cause, Watched& watched,
              Progress& progress, const std::stop_token& stop) {
  // One by one: what cannot be judged keeps nothing else from it.
  const auto passes = [&](const std::string& target) {
    bool passed = false;
    noting(watched, fmt::format("'{}' was not validated", target), [&] {
      passed = model::validate(repository, {.targets = {target}, .reason = cause.message}, progress,
                               stop)
                   .passed();
    });
    return passed;
  };
  for (const auto& path : judged_data(repository, watched)) static_cast<void>(passes(path));
  for (const auto& version : watched.challengers)
    if (!passes(fmt::format("{}@{}", version.model, version.number)))
      watched.failed.push_back(version.number);
}

/// Continuous training: run, register, validate. Whether the challenger replaces the champion is
/// for `promote` to decide.
void retrain(workspace::Repository& repository, const Noticed& cause, Watched& watched,
             Progress& progress, const std::stop_token& stop) {
  const auto& spec = repository.project().model(watched.window.model);
  if (const auto note = cooldown_note(repository, spec); !note.empty())
    return add_note(watched, note);
  progress.say(fmt::format("retraining: {}", cause.message));
  noting(watched, "the retraining went wrong", [&] {
    const auto trained = run::train(repository,
                                    {.reason = cause.message,
                                     .trigger = cause.kind,
                                     .tags = Json::object({{kModelTag, spec.name}})},
                                    progress, stop);
    if (!trained.ran_nothing) watched.retrained_run = trained.run.id;
    if (!trained.failed_step.empty())
      return add_note(watched,
                      fmt::format("the retraining failed in step '{}'", trained.failed_step));
    register_challengers(repository, trained, cause, watched);
    validate(repository, cause, watched, progress, stop);
  });
}

}  // namespace

void add_note(Watched& watched, const std::string& note) {
  if (!note.empty()) watched.note += (watched.note.empty() ? "" : "; ") + note;
}

void act_on(workspace::Repository& repository, Watched& watched, Progress& progress,
            const std::stop_token& stop) {
  const auto& spec = repository.project().model(watched.window.model);
  const Noticed* cause = nullptr;
  std::vector<ledger::Statement> statements;
  for (const auto& one : watched.noticed) {
    const auto actions = actions_for(spec, one.kind);
    if (wants(actions, "alert")) {
      watched.alerts.push_back({.model = spec.name,
                                .digest = watched.window.digest,
                                .kind = one.kind,
                                .message = one.message,
                                .actions = actions});
      statements.push_back(ledger::statement_of(watched.alerts.back()));
    }
    if (wants(actions, "train") && cause == nullptr) cause = &one;
  }
  if (!statements.empty()) repository.ledger().append(statements, {"monitor", {}});
  if (cause != nullptr) retrain(repository, *cause, watched, progress, stop);
}

}  // namespace mlo::monitor
