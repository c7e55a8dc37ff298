#include "run/engines.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/workspace/settings.h"
#include "run/attempt.h"
#include "run/job.h"

namespace mlo::run {
namespace fs = std::filesystem;
namespace {

constexpr auto kGlance = std::chrono::milliseconds(50);
constexpr std::chrono::seconds kMostPatience{60};

std::uint64_t log_limit_of(const workspace::Repository& repository) {
  return parse_bytes(
      workspace::setting_or_default("run.log_limit", repository.folder(), repository.world())
          .value);
}

}  // namespace

Engines::Engines(Training& training)
    : training_(training), log_limit_bytes_(log_limit_of(training.repository)) {
  named(training.options.executor);
  for (const auto& node : training.graph.nodes)
    if (!node.spec.executor.empty()) named(node.spec.executor);
  for (auto& job : training.journal.jobs()) {
    const auto of_step = [&](const Node& node) { return node.spec.name == job.step; };
    // Of a step that is no more nobody will ask.
    if (std::ranges::none_of(training.graph.nodes, of_step))
      end(job);
    else
      left_.insert_or_assign(job.step, std::move(job));
  }
}

Executor& Engines::named(const std::string& kind) {
  auto& engine = kinds_[kind];
  if (engine == nullptr) {
    const auto& options = training_.project.executors;
    const auto found = options.find(kind);
    engine = make_executor(kind, found == options.end() ? Json::object() : found->second,
                           training_.repository.world());
  }
  return *engine;
}

const std::string& Engines::kind_of(const StepProgress& step) const {
  const auto& own = step.node->spec.executor;
  return own.empty() ? training_.options.executor : own;
}

std::size_t Engines::weight(const StepProgress& step) const {
  const auto most = std::max(training_.options.jobs, 1);
  return static_cast<std::size_t>(std::clamp(step.node->spec.resources.cpus, 1, most));
}

bool Engines::has_room(const StepProgress& step) {
  if (of(step).outlives()) return true;
  return taken_here_ + weight(step) <=
         static_cast<std::size_t>(std::max(training_.options.jobs, 1));
}

void Engines::begin(StepProgress& step) {
  const auto& kind = kind_of(step);
  auto& engine = named(kind);
  const bool lasting = engine.outlives();
  auto attempt = prepare_attempt(training_, step, lasting ? Lasting::yes : Lasting::no);
  attempt.log_limit_bytes = log_limit_bytes_;
  step.job = attempt.key;
  ++step.attempts;
  if (!lasting) {
    here_[step.job] = weight(step);
    taken_here_ += weight(step);
    return engine.submit({&attempt, 1});
  }
  opening_.push_back({.key = attempt.key,
                      .run = training_.run,
                      .step = step.node->spec.name,
                      .fingerprint = step.decision.fingerprint.digest,
                      .executor = kind,
                      .attempts = step.attempts,
                      .opened_at = training_.repository.world().now()});
  waiting_[kind].push_back(std::move(attempt));
}

void Engines::send() {
  if (opening_.empty()) return;
  // Intent first: what may be with the engine is never forgotten.
  training_.journal.open_jobs(opening_);
  opening_.clear();
  training_.repository.world().before_step("job.submit");
  for (auto& [kind, attempts] : waiting_) named(kind).submit(attempts);
  waiting_.clear();
}

Engines::Left Engines::take_over(StepProgress& step) {
  const auto found = left_.find(step.node->spec.name);
  if (found == left_.end()) return Left::nothing;
  const auto job = std::move(found->second);
  left_.erase(found);
  const auto place = training_.job_folder(job.key);
  const bool same = step.decision.verdict == Decision::Verdict::run &&
                    job.fingerprint == step.decision.fingerprint.digest &&
                    job.executor == kind_of(step) && status_of(place / "plan.json");
  if (!same) {
    end(job);
    return Left::ended;
  }
  const auto attempt = read_plan(place);
  named(job.executor).adopt(attempt);
  step.job = job.key;
  step.attempts = job.attempts;
  step.scratch = place;
  step.record.log = fs::path("logs") / job.run / (job.step + ".log");
  training_.progress.say(
      fmt::format("{}: job {} of an earlier run goes on", step.record.name, job.key));
  return Left::taken_over;
}

void Engines::end(const OpenJob& job) {
  // Without its folder it cannot begin, and ends when it sees that.
  if (status_of(training_.job_folder(job.key) / "plan.json")) await_end(job);
  close(job.key);
}

void Engines::await_end(const OpenJob& job) {
  const auto place = training_.job_folder(job.key);
  auto& engine = named(job.executor);
  engine.adopt(read_plan(place));
  engine.cancel(job.key);
  training_.progress.say(
      fmt::format("waiting for {} to end job {} of an earlier run", job.executor, job.key));
  const std::vector<std::string> keys{job.key};
  const auto until = std::chrono::steady_clock::now() + kMostPatience;
  for (auto state = engine.poll(keys).front(); !state.ended(); state = engine.poll(keys).front()) {
    throw_if_stopped(training_.stop);
    // An engine that cannot be asked, or knows of nothing, need not be: here it never begins.
    const bool no_answer = state.phase == JobState::Phase::unknown && !state.problem.empty();
    if (no_answer && forestall(place, training_.repository.world()))
      return training_.progress.warn(
          fmt::format("job {} of an earlier run never began and is given up: step '{}' is another "
                      "one now ({})",
                      job.key, job.step, state.problem));
    if (std::chrono::steady_clock::now() >= until)
      throw Error(ErrorKind::unavailable,
                  "step '{}' may still run as job {} of an earlier run: {} does not say that it "
                  "has ended{}{}",
                  job.step, job.key, job.executor, state.problem.empty() ? "" : ", ", state.problem)
          .hint(
              "run the command again when {} answers, or give the job up, which ends when it "
              "sees that: rm -r .mlo/jobs/{}",
              job.executor, job.key);
    engine.wait(kGlance);
  }
  training_.progress.warn(fmt::format(
      "job {} of an earlier run was ended: step '{}' is another one now", job.key, job.step));
}

std::vector<JobState> Engines::poll(std::span<StepProgress* const> steps) {
  std::vector<JobState> states(steps.size());
  for (auto& [kind, engine] : kinds_) {
    std::vector<std::string> keys;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (kind_of(*steps[i]) != kind) continue;
      keys.push_back(steps[i]->job);
      places.push_back(i);
    }
    if (keys.empty()) continue;
    auto answers = engine->poll(keys);
    tell_trouble(kind, answers);
    for (std::size_t i = 0; i < answers.size(); ++i) states[places[i]] = std::move(answers[i]);
  }
  return states;
}

/// Said once: an engine that is away for hours is waited for.
void Engines::tell_trouble(const std::string& kind, const std::vector<JobState>& states) {
  std::string problem;
  bool answered = false;  // that we cancelled a job, or found its result, the engine did not say
  for (const auto& state : states) {
    if (state.phase == JobState::Phase::unknown && !state.problem.empty()) problem = state.problem;
    answered = answered || state.phase == JobState::Phase::queued ||
               state.phase == JobState::Phase::running;
  }
  auto& known = trouble_[kind];
  if (problem.empty() == known.empty()) return;
  known = problem;
  if (!problem.empty())
    training_.progress.warn(fmt::format("waiting for {}: {}", kind, problem));
  else if (answered)
    training_.progress.say(fmt::format("{} answers again", kind));
}

bool Engines::wait(std::chrono::milliseconds patience) {
  // Whoever runs steps here is told of their end at once; others are looked at in between.
  for (auto& [kind, engine] : kinds_)
    if (!engine->outlives() && taken_here_ > 0) return engine->wait(patience);
  for (auto& [kind, engine] : kinds_)
    if (engine->outlives()) return engine->wait(patience);
  return false;
}

void Engines::cancel(const StepProgress& step) {
  of(step).cancel(step.job);
}

void Engines::release(const std::string& key) {
  if (const auto here = here_.find(key); here != here_.end()) {
    taken_here_ -= here->second;
    here_.erase(here);
    return;
  }
  close(key);
}

void Engines::close(const std::string& key) {
  training_.journal.close_job(key);
  std::error_code ignored;
  fs::remove_all(training_.job_folder(key), ignored);
}

}  // namespace mlo::run
