#include "monitor/actions.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/time.h"
#include "mlo/model/reference.h"
#include "mlo/model/validation.h"
#include "mlo/run/train.h"

namespace mlo::monitor {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kRunsLookedAt = 100;

std::vector<std::string> actions_for(const workspace::ModelSpec& spec, const std::string& kind) {
  const auto found = spec.monitor->actions.find(kind);
  return found == spec.monitor->actions.end() ? std::vector<std::string>{} : found->second;
}

bool wants(const std::vector<std::string>& actions, std::string_view action) {
  return std::ranges::find(actions, action) != actions.end();
}

/// Seconds until the next retraining is allowed; 0 when it is now.
std::int64_t cooldown_left(workspace::Repository& repository, const workspace::MonitorSpec& spec) {
  const auto now = repository.world().now();
  for (const auto& run : ledger::runs(repository.ledger(), kRunsLookedAt)) {
    if (run.trigger == "user" || run.status != "finished") continue;
    const auto passed = (now.microseconds - run.finished_at.microseconds) / kMicrosPerSecond;
    return std::max<std::int64_t>(0, spec.cooldown_seconds - passed);
  }
  return 0;
}

/// Continuous training: run, register, validate. Whether the challenger replaces the champion is
/// for `promote` to decide.
void retrain(workspace::Repository& repository, const Noticed& cause, Watched& watched,
             Progress& progress, const std::stop_token& stop) {
  const auto& spec = repository.project().model(watched.window.model);
  if (const auto left = cooldown_left(repository, *spec.monitor); left > 0) {
    watched.note = fmt::format("not retrained: the last retraining is too recent, {} to go",
                               format_duration(std::chrono::seconds(left)));
    return;
  }
  progress.say(fmt::format("retraining: {}", cause.message));
  const auto trained =
      run::train(repository, {.reason = cause.message, .trigger = cause.kind}, progress, stop);
  if (!trained.ran_nothing) watched.retrained_run = trained.run.id;
  if (!trained.failed_step.empty()) {
    watched.note = fmt::format("the retraining failed in step '{}'", trained.failed_step);
    return;
  }
  watched.challengers = model::recorded(model::register_models(repository, trained, cause.message));
  if (watched.challengers.empty()) {
    watched.note =
        trained.ran_nothing
            ? "not retrained: no input of the pipeline has changed; track new labelled data first"
            : "the retraining made the same model again";
    return;
  }
  model::ValidateOptions options{.reason = cause.message};
  // Data too: the gate asks for evidence about what the challenger was made from.
  static_cast<void>(model::validate(repository, options, progress, stop));
}

}  // namespace

void act_on(workspace::Repository& repository, const std::vector<Noticed>& noticed,
            Watched& watched, Progress& progress, const std::stop_token& stop) {
  const auto& spec = repository.project().model(watched.window.model);
  const Noticed* cause = nullptr;
  std::vector<ledger::Statement> statements;
  for (const auto& one : noticed) {
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
