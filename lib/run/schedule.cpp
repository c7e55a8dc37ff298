#include "run/schedule.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/workspace/pipeline_lock.h"
#include "run/decision.h"

namespace mlo::run {
namespace {

/// How long a Ctrl-C may go unseen.
constexpr auto kGlance = std::chrono::milliseconds(50);
/// A power cut takes at most the steps of so long: each sync costs as much as several short steps.
constexpr auto kUnsecured = std::chrono::milliseconds(250);
constexpr std::uint64_t kMaxUnsecuredBytes = 1U << 20U;
/// How often an engine may lose a step before that counts as the step's failure.
constexpr int kMostLost = 3;
/// Engines elsewhere take their time to end a job, or do not answer at all.
constexpr auto kStopPatience = std::chrono::seconds(30);
constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);

/// In whole milliseconds; what ran took one at least, however short it was.
std::int64_t milliseconds_of(std::chrono::microseconds span) {
  if (span.count() == 0) return 0;
  return std::max<std::int64_t>(std::chrono::round<std::chrono::milliseconds>(span).count(), 1);
}

/// Makes the lock say that this content is what the step made; false when it said so already.
bool set_locked(workspace::LockFile& lock, const std::string& step,
                const std::vector<StoredOutput>& outputs,
                const std::optional<Digest>& fingerprint) {
  bool changed = false;
  const auto set = [&](auto& section, const std::string& key, const Digest& digest) {
    auto& present = section[key];
    changed = changed || present != digest;
    present = digest;
  };
  for (const auto& output : outputs) {
    const auto& path = output.path.text();
    changed = lock.outputs.erase(output.folder ? path : path + "/") > 0 || changed;
    set(lock.outputs, output.folder ? path + "/" : path, output.digest);
  }
  if (fingerprint)
    set(lock.steps, step, *fingerprint);
  else
    changed = lock.steps.erase(step) > 0 || changed;
  return changed;
}

}  // namespace

void write_facts(Training& training) {
  const auto& repository = training.repository;
  const auto held = workspace::lock_patiently(repository, training.progress, training.stop);
  training.lock.data = workspace::read_lock_file(repository.root()).data;
  workspace::write_lock_file(repository.root(), training.lock, repository.world());
}

Schedule::Schedule(Training& training, std::span<const std::size_t> selected,
                   std::function<void()> begin)
    : training_(training),
      begin_(std::move(begin)),
      place_(training.graph.nodes.size(), kNowhere),
      engines_(training),
      recorded_before_(recorded_by_fingerprint(training.repository)) {
  for (const auto index : selected) {
    const auto& node = training.graph.nodes[index];
    place_[index] = steps_.size();
    auto& step = steps_.emplace_back();
    step.node = &node;
    step.open_needs = node.needs.size();
    step.record.name = node.spec.name;
    step.record.status = "skipped";
    if (step.open_needs == 0) make_ready(place_[index]);
  }
}

void Schedule::make_ready(std::size_t place) {
  ready_.insert(place);
  unseen_.insert(place);
}

void Schedule::go() {
  try {
    while (true) {
      throw_if_stopped(training_.stop);
      start_ready();
      look_ahead();
      if (running_.empty()) break;
      secure_if_due();
      engines_.wait(kGlance);
      settle_ended();
    }
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) stop_all();
    secure();
    throw;
  }
  secure();
}

void Schedule::secure_if_due() {
  if (!unsecured_since_) return;
  const auto waited = std::chrono::steady_clock::now() - *unsecured_since_;
  if (waited >= kUnsecured || unsecured_bytes_ >= kMaxUnsecuredBytes) secure();
}

void Schedule::secure() {
  const auto& world = training_.repository.world();
  training_.files.commit([&] {
    if (!unsecured_since_) return;
    world.before_step("run.secure");
    training_.journal.accept_pending(training_.run);
    write_facts(training_);
  });
  unsecured_since_.reset();
  unsecured_bytes_ = 0;
}

void Schedule::begin_once() {
  if (begun_) return;
  begin_();
  begun_ = true;
}

bool Schedule::may_begin() const {
  return failed_step_.empty() || training_.options.keep_going;
}

/// Whether the time is better spent on what has ended than on what comes next.
bool Schedule::has_news() {
  return !running_.empty() && engines_.wait(std::chrono::milliseconds(0));
}

void Schedule::start_ready() {
  auto next = ready_.begin();
  while (next != ready_.end() && may_begin()) {
    throw_if_stopped(training_.stop);
    const auto place = *next;
    if (!engines_.has_room(steps_[place])) {
      if (!engines_.several()) break;
      ++next;
      continue;
    }
    ready_.erase(next);
    unseen_.erase(place);
    if (decide_on(steps_[place])) start(place);
    if (has_news()) break;
    // What became ready by it comes after it in graph order.
    next = ready_.upper_bound(place);
  }
  engines_.send();
}

/// Settles, while others run, the steps that need not: whole pipelines that stayed as they were
/// are looked through in the shadow of one step. After a failure too, so that what is said of them
/// does not depend on when it came.
void Schedule::look_ahead() {
  while (!unseen_.empty() && !has_news()) {
    throw_if_stopped(training_.stop);
    const auto place = *unseen_.begin();
    unseen_.erase(unseen_.begin());
    auto& step = steps_[place];
    const bool decided = decide_on(step);
    // What has to begin is decided again then: others may change what it reads until it has room.
    if (decided && step.decision.verdict != Decision::Verdict::cached) continue;
    ready_.erase(place);
    if (decided) start(place);
  }
}

/// False when its input is not there: then it has failed.
bool Schedule::decide_on(StepProgress& step) {
  try {
    step.decision = decide(training_, *step.node);
    return true;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    fail(step, error.message());  // a step before it left out what it was to make there
    return false;
  }
}

void Schedule::start(std::size_t place) {
  auto& step = steps_[place];
  const auto left = engines_.take_over(step);
  if (left == Engines::Left::ended) step.decision = decide(training_, *step.node);
  step.record.fingerprint = step.decision.fingerprint.digest;
  step.record.reason = step.decision.reason;
  warn_if_overruled(training_, *step.node, step.decision);
  if (left == Engines::Left::taken_over) {
    begin_once();
    running_.push_back(place);
    return;
  }
  if (step.decision.verdict == Decision::Verdict::run) {
    begin_once();
    submit(step);
    running_.push_back(place);
    return;
  }
  const bool restores = step.decision.verdict == Decision::Verdict::restore;
  if (restores) {
    begin_once();
    restore_outputs(training_, step.decision.outputs);
  }
  step.metrics = metrics_of(training_, *step.node).values;
  recall(step);
  step.record.status = restores ? "restored" : "cached";
  if (restores)
    training_.progress.say(fmt::format("{}: restored ({})", step.record.name, step.record.reason));
  if (restores && !step.decision.frozen) note_result(step, step.decision.outputs);
  for (const auto& output : step.decision.outputs)
    step.record.outputs.push_back({output.path.text(), output.digest});
  if (step.decision.frozen) step.record.fingerprint.reset();
  if (!step.decision.frozen &&
      set_locked(training_.lock, step.record.name, step.decision.outputs,
                 step.record.fingerprint) &&
      !unsecured_since_)
    unsecured_since_ = std::chrono::steady_clock::now();
  done_with(step);
}

void Schedule::submit(StepProgress& step) {
  step.record.log = fmt::format("logs/{}/{}.log", training_.run, step.record.name);
  training_.progress.say(fmt::format("{}: running ({})", step.record.name, step.record.reason));
  engines_.begin(step);
}

void Schedule::settle_ended() {
  std::vector<StepProgress*> jobs;
  jobs.reserve(running_.size());
  for (const auto place : running_) jobs.push_back(&steps_[place]);
  const auto states = engines_.poll(jobs);
  const auto places = running_;
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (!states[i].ended()) continue;
    const auto job = jobs[i]->job;
    settle(*jobs[i], states[i]);
    // One by one: should the next be interrupted, this one still counts. A further attempt runs on.
    if (jobs[i]->job == job) std::erase(running_, places[i]);
  }
}

void Schedule::settle(StepProgress& step, const JobState& state) {
  step.record.exit_code = state.result.exit_code;
  step.record.duration_ms = milliseconds_of(state.result.duration);
  // Of all attempts: each cost what it cost.
  step.record.cpu_ms +=
      std::chrono::duration_cast<std::chrono::milliseconds>(state.result.cpu).count();
  step.record.peak_memory_bytes =
      std::max(step.record.peak_memory_bytes, state.result.peak_memory_bytes);
  auto outcome = collect(training_, step, state);
  if (auto* done = std::get_if<Done>(&outcome)) {
    keep(step, std::move(*done), state.result.duration);
    engines_.release(step.job);
    return;
  }
  const auto& failed = std::get<Failed>(outcome);
  note_left_behind(training_, *step.node);
  const auto ended = step.job;
  if (!try_again(step, failed)) fail(step, failed.why);
  engines_.release(ended);
}

void Schedule::keep(StepProgress& step, Done done, std::chrono::microseconds took) {
  step.record.status = "ran";
  step.metrics = std::move(done.metrics);
  step.recorded = std::move(done.recorded);
  for (const auto& output : done.outputs)
    step.record.outputs.push_back({output.path.text(), output.digest});
  const auto& told = step.recorded.artifacts;
  step.record.outputs.insert(step.record.outputs.end(), told.begin(), told.end());
  if (!done.changed.empty()) {
    // Nobody can say which content it read, so its outputs stand for no fingerprint.
    training_.progress.warn(fmt::format(
        "input '{}' of step '{}' changed while it ran: the step will run again next time",
        join(done.changed, "', '"), step.record.name));
    step.record.fingerprint.reset();
  } else {
    note_result(step, done.outputs);
  }
  set_locked(training_.lock, step.record.name, done.outputs, step.record.fingerprint);
  unsecured_bytes_ += done.size_bytes;
  if (!unsecured_since_) unsecured_since_ = std::chrono::steady_clock::now();
  training_.progress.say(fmt::format("{}: ran in {}", step.record.name, format_duration(took)));
  done_with(step);
}

void Schedule::note_result(StepProgress& step, const std::vector<StoredOutput>& outputs) {
  const auto& world = training_.repository.world();
  training_.files.add(step.decision.fingerprint.text);
  world.before_step("run.step");
  training_.journal.add_pending({{.fingerprint = step.decision.fingerprint.digest,
                                  .step = step.record.name,
                                  .run = training_.run,
                                  .outputs = outputs,
                                  .duration_ms = step.record.duration_ms,
                                  .finished_at = world.now()},
                                 step.decision.fingerprint.text});
  // Also where the lock says so already: else it would wait for the next run, which would tell it.
  if (!unsecured_since_) unsecured_since_ = std::chrono::steady_clock::now();
}

/// What the step recorded when it made the outputs that are there now.
void Schedule::recall(StepProgress& step) {
  const auto known = recorded_before_.find(step.decision.fingerprint.digest);
  if (step.decision.frozen || known == recorded_before_.end()) return;
  step.recorded = recalled(training_.repository.store(), step.record.name, known->second);
  step.metrics = with_recorded(std::move(step.metrics), step.recorded);
}

void Schedule::fail(StepProgress& step, const std::string& why) {
  step.record.status = "failed";
  step.record.reason = why;
  // Nothing of a failed step counts: no fingerprint may ever lead to what it left.
  step.record.fingerprint.reset();
  if (failed_step_.empty()) failed_step_ = step.record.name;
  keep_told(step);
  training_.progress.say(fmt::format("{}: failed ({})", step.record.name, why));
}

/// What a step told is true, whatever became of it.
void Schedule::keep_told(StepProgress& step) {
  try {
    if (step.attempts > 0)
      step.recorded = keep_recorded(training_.files, step.scratch, step.record.name);
    step.metrics = with_recorded(Json::object(), step.recorded);
    step.record.outputs = step.recorded.artifacts;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::bad_input) throw;
    training_.progress.warn(error.message());
  }
}

/// Begins the next attempt, when the step has one left.
bool Schedule::try_again(StepProgress& step, const Failed& failed) {
  const auto& spec = step.node->spec;
  if (failed.cause == Failed::Cause::refused) return false;
  if (failed.cause == Failed::Cause::engine) {
    // What an engine loses is not the step's doing, and takes nothing of its `retry`.
    if (step.lost >= kMostLost) return false;
    ++step.lost;
    training_.progress.warn(
        fmt::format("step '{}' was lost ({}): it is started again", step.record.name, failed.why));
    submit(step);
    return true;
  }
  const bool over = failed.cause == Failed::Cause::limit;
  // With the same limits it would end the same way.
  if (over && spec.resources.growth <= 1) return false;
  const auto begun = step.attempts - step.lost;
  const auto most = spec.retries + 1;
  if (begun >= most) return false;
  if (over) ++step.grown;
  training_.progress.warn(fmt::format("step '{}' failed ({}): attempt {} of {} begins",
                                      step.record.name, failed.why, begun + 1, most));
  submit(step);
  return true;
}

void Schedule::done_with(StepProgress& step) {
  for (const auto next : step.node->needed) {
    const auto place = place_[next];
    if (place != kNowhere && --steps_[place].open_needs == 0) make_ready(place);
  }
}

void Schedule::stop_all() {
  for (const auto place : running_) engines_.cancel(steps_[place]);
  const auto until = std::chrono::steady_clock::now() + kStopPatience;
  for (const auto place : running_) {
    auto& step = steps_[place];
    StepProgress* const one = &step;
    auto state = engines_.poll({&one, 1}).front();
    while (!state.ended() && std::chrono::steady_clock::now() < until) {
      engines_.wait(kGlance);
      state = engines_.poll({&one, 1}).front();
    }
    step.record.status = "interrupted";
    step.record.fingerprint.reset();
    keep_told(step);
    if (!state.ended())
      training_.progress.warn(
          fmt::format("job {} may still run: the next mlo train looks for it", step.job));
    // A job that was done before it could be cancelled is kept: the next run takes its result.
    else if (state.phase != JobState::Phase::done || !engines_.outlives(step))
      engines_.release(step.job);
  }
  running_.clear();
}

}  // namespace mlo::run
