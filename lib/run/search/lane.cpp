#include "run/search/lane.h"

#include "mlo/core/error.h"
#include "mlo/core/yaml.h"
#include "mlo/run/train.h"
#include "mlo/workspace/mirror.h"
#include "run/search/trials.h"

namespace mlo::run {
namespace {

/// As `mlo train --param` takes them.
std::map<std::string, std::string> typed(const Json& params) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : params.as_object())
    texts[name] = value.is_string() ? yaml_scalar(value.as_string()) : value.dump();
  return texts;
}

const ledger::RunStep* step_named(const ledger::Run& run, const std::string& name) {
  for (const auto& step : run.steps)
    if (step.name == name) return &step;
  return nullptr;
}

}  // namespace

void Lane::begin(const Ground& ground, const workspace::SearchSpec& spec, Proposal proposal,
                 const std::string& reason) {
  proposal_ = std::move(proposal);
  rule_.clear();
  done_ = false;
  curve_.emplace(workspace_.folder() / "tmp" / "runs" / proposal_->run,
                 spec.stop.metric.empty() ? spec.metric : spec.stop.metric,
                 spec.maximize ? -1.0 : 1.0);
  worker_ = std::jthread([this, &ground, &spec, reason](const std::stop_token& stop) {
    ending_ = compute(ground, spec, reason, stop);
    done_ = true;
    ended_();
  });
}

void Lane::stop(const std::string& rule) {
  if (worker_.get_stop_token().stop_requested()) return;
  rule_ = rule;
  worker_.request_stop();
}

Ending Lane::finish() {
  worker_.join();
  worker_ = {};
  proposal_.reset();
  return std::move(ending_);
}

Ending Lane::compute(const Ground& ground, const workspace::SearchSpec& spec,
                     const std::string& reason, const std::stop_token& stop) {
  try {
    workspace::mirror(ground.base, workspace_, ground.made_by_trials, stop);
    const auto trained = train(workspace_,
                               {.steps = spec.steps,
                                .params = typed(proposal_->params),
                                .reason = reason,
                                .trigger = "search",
                                .environment = environment_,
                                .tags = tags_of_trial(spec, ground.key, proposal_->number),
                                .always_record = true,
                                .run = proposal_->run,
                                .stopped_by = [this] { return rule_; }},
                               no_progress(), stop);
    Ending ending{.failed_step = trained.failed_step};
    if (const auto* step = step_named(trained.run, trained.failed_step))
      ending.problem = step->reason;
    return ending;
  } catch (const Error& error) {
    // Asked to end: what became of it is in the ledger.
    if (error.kind() == ErrorKind::interrupted) return {};
    return {.broken = std::current_exception()};
  } catch (...) {
    return {.broken = std::current_exception()};
  }
}

}  // namespace mlo::run
