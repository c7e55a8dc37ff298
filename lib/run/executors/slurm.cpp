#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/text.h"
#include "mlo/core/time.h"
#include "run/executor.h"
#include "run/executors/slurm_commands.h"
#include "run/job.h"

namespace mlo::run {
namespace {

using Clock = std::chrono::steady_clock;
using Phase = JobState::Phase;

constexpr std::chrono::milliseconds kFirstPause{200};
constexpr std::chrono::milliseconds kLongestPause{3000};
/// A result may show up on our side of a shared disk this much later than the job's end.
constexpr std::chrono::seconds kResultGrace{5};
/// A job that never took its lease and that Slurm does not know never reached it.
constexpr std::chrono::seconds kArrivalGrace{3};
constexpr std::chrono::seconds kBeatAge{30};
constexpr std::size_t kMaxArray = 1000;

struct Settings {
  std::vector<std::string> options;
  std::chrono::seconds lost_after{60};
  std::string program;
};

Settings read_settings(const Json& options) {
  Settings settings;
  for (const auto& [name, value] : options.as_object()) {
    if (name == "options") {
      for (const auto& option : value.as_array()) settings.options.push_back(option.as_string());
    } else if (name == "lost_after") {
      settings.lost_after =
          std::chrono::duration_cast<std::chrono::seconds>(parse_duration(value.as_string()));
    } else if (name == "program") {
      settings.program = value.as_string();
    } else {
      throw Error(ErrorKind::bad_input, "unknown key '{}'", name)
          .hint("slurm takes options, lost_after and program");
    }
  }
  if (settings.program.empty()) settings.program = own_program().string();
  if (settings.program.find('\'') != std::string::npos)
    throw Error(ErrorKind::bad_input, "a program's path must not hold a quote");
  return settings;
}

bool is_waiting(std::string_view state) {
  return state == "PENDING" || state == "CONFIGURING" || state == "SUSPENDED" ||
         state == "REQUEUED" || state == "REQUEUE_FED" || state == "REQUEUE_HOLD" ||
         state == "SPECIAL_EXIT" || state == "RESV_DEL_HOLD" || state == "STOPPED";
}
bool is_at_work(std::string_view state) {
  return state == "RUNNING" || state == "COMPLETING" || state == "SIGNALING" ||
         state == "STAGE_OUT" || state == "RESIZING";
}

/// One job, as far as we know it.
struct Tracked {
  Attempt attempt;
  JobName name;
  JobState state{.phase = Phase::unknown, .result = {}, .problem = {}};
  bool sent = false;  ///< Slurm took it, or had it
  std::string id;     ///< once the queue told
  std::optional<std::int64_t> beat;
  std::optional<Clock::time_point> beat_at;
  std::optional<Clock::time_point> missing_since;  ///< the queue answers, and does not name it
  std::optional<Clock::time_point> over_since;     ///< the queue says that it has ended
  bool cancelled = false;
};

/// Jobs of Slurm, each of which runs `mlo step` on a disk that this machine shares.
///
/// A result file counts before anything that Slurm says; what Slurm does not know is not failed;
/// that it does not answer says nothing about jobs. squeue is asked once for all of them, the more
/// seldom the longer nothing changes.
class SlurmExecutor final : public Executor {
 public:
  SlurmExecutor(Settings settings, const World& world)
      : settings_(std::move(settings)), world_(world) {}

  [[nodiscard]] bool outlives() const override { return true; }

  void submit(std::span<const Attempt> attempts) override {
    std::vector<std::vector<Attempt>> groups;
    std::map<std::string, std::size_t> arrays;
    for (const auto& attempt : attempts) {
      if (jobs_.contains(attempt.key)) continue;
      const auto found = attempt.array.empty() ? arrays.end() : arrays.find(attempt.array);
      if (found != arrays.end() && groups[found->second].size() < kMaxArray) {
        groups[found->second].push_back(attempt);
        continue;
      }
      if (!attempt.array.empty()) arrays[attempt.array] = groups.size();
      groups.push_back({attempt});
    }
    for (auto& group : groups) plan(group);
    send_waiting(nullptr);
  }

  void adopt(const Attempt& attempt) override {
    if (jobs_.contains(attempt.key)) return;
    auto& job = jobs_[attempt.key];
    job.attempt = attempt;
    job.name = read_job_name(attempt.place);
    job.sent = true;  // perhaps: the queue will tell
    ask_again_at_once();
  }

  std::vector<JobState> poll(std::span<const std::string> keys) override {
    read_results();
    look();
    std::vector<JobState> states;
    for (const auto& key : keys) {
      const auto job = jobs_.find(key);
      states.push_back(job != jobs_.end() ? job->second.state
                                          : JobState{Phase::lost, {}, "it was never submitted"});
    }
    return states;
  }

  bool wait(std::chrono::milliseconds patience) override {
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(patience, kFirstPause / 4));
    return false;
  }

  void cancel(const std::string& key) override {
    const auto found = jobs_.find(key);
    if (found == jobs_.end() || found->second.state.ended()) return;
    auto& job = found->second;
    job.cancelled = true;
    if (!job.sent) end(job, Phase::failed, "cancelled");
    // A job whose id we have not seen yet is ended when the queue tells it.
    if (!job.id.empty()) cancel_job(job.id);
    ask_again_at_once();
  }

 private:
  void plan(const std::vector<Attempt>& group) {
    // The first key names them all: it is used once, so no other job of ours has the name.
    const auto name = group.size() == 1 ? group.front().key : group.front().key + "+";
    Waiting waiting{.submission = {.name = name,
                                   .attempts = group,
                                   .options = settings_.options,
                                   .program = settings_.program}};
    for (std::size_t i = 0; i < group.size(); ++i) {
      auto& job = jobs_[group[i].key];
      job.attempt = group[i];
      job.name = {.name = name, .index = {}};
      if (group.size() > 1) job.name.index = static_cast<int>(i);
      write_plan(job.attempt, job.name, world_);
    }
    waiting_.push_back(std::move(waiting));
  }

  /// Sends what Slurm has not taken yet. An answer may have been lost on the way: what failed once
  /// is sent again only when the queue, asked since, does not name it.
  void send_waiting(const SlurmQueue* queue) {
    std::erase_if(waiting_, [&](Waiting& waiting) {
      if (all_cancelled(waiting)) return true;
      if (waiting.problem) {
        if (queue == nullptr) return false;
        if (queue->contains(jobs_.at(waiting.submission.attempts.front().key).name))
          return taken(waiting);
      }
      auto problem = send(waiting.submission);
      if (!problem) return taken(waiting);
      if (problem->refused && waiting.problem && waiting.problem->refused)
        return refused(waiting, *problem);
      return postponed(waiting, std::move(*problem));
    });
  }

  struct Waiting {
    SlurmSubmission submission;
    std::optional<SlurmProblem> problem = {};  ///< of the last try
  };

  [[nodiscard]] bool all_cancelled(const Waiting& waiting) const {
    return std::ranges::all_of(waiting.submission.attempts, [&](const Attempt& attempt) {
      return jobs_.at(attempt.key).state.ended();
    });
  }

  bool taken(const Waiting& waiting) {
    for (const auto& attempt : waiting.submission.attempts) {
      auto& job = jobs_.at(attempt.key);
      job.sent = true;
      if (!job.state.ended()) job.state = {Phase::queued, {}, {}};
    }
    ask_again_at_once();
    return true;
  }

  bool postponed(Waiting& waiting, SlurmProblem problem) {
    for (const auto& attempt : waiting.submission.attempts) {
      auto& job = jobs_.at(attempt.key);
      if (!job.state.ended()) job.state = {Phase::unknown, {}, problem.message};
    }
    waiting.problem = std::move(problem);
    return false;
  }

  bool refused(const Waiting& waiting, const SlurmProblem& problem) {
    for (const auto& attempt : waiting.submission.attempts)
      end(jobs_.at(attempt.key), Phase::failed, "Slurm refused it: " + problem.message);
    return true;
  }

  void read_results() {
    for (auto& [key, job] : jobs_) {
      if (job.state.ended()) continue;
      if (auto result = read_result(job.attempt.place)) {
        job.state = std::move(*result);
        pause_ = kFirstPause;
      }
    }
  }

  /// Asks in the background: a controller that is away keeps its clients waiting, and nobody else.
  void look() {
    if (asking_.valid()) {
      if (asking_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
      take_in(asking_.get());
      ask_at_ = std::max(ask_at_, Clock::now() + pause_);
      pause_ = std::min(pause_ * 3 / 2, kLongestPause);
    }
    if (Clock::now() < ask_at_) return;
    ask_at_ = Clock::now() + pause_;
    asking_ = std::async(std::launch::async, ask_queue);
  }

  void take_in(const std::variant<SlurmQueue, SlurmProblem>& answer) {
    if (const auto* problem = std::get_if<SlurmProblem>(&answer)) {
      for (auto& [key, job] : jobs_)
        if (!job.state.ended()) job.state = {Phase::unknown, {}, problem->message};
      return;
    }
    const auto& queue = std::get<SlurmQueue>(answer);
    for (auto& [key, job] : jobs_) {
      if (job.state.ended() || !job.sent) continue;
      const auto found = queue.find(job.name);
      const auto before = job.state.phase;
      if (found == queue.end())
        note_missing(job);
      else
        note_told(job, found->second);
      if (job.state.phase != before) pause_ = kFirstPause;
    }
    send_waiting(&queue);
  }

  void note_told(Tracked& job, const SlurmJob& told) {
    if (job.cancelled && job.id.empty()) cancel_job(told.id);
    job.id = told.id;
    job.missing_since.reset();
    if (is_waiting(told.state) || is_at_work(told.state)) {
      job.over_since.reset();
      job.state = {is_waiting(told.state) ? Phase::queued : Phase::running, {}, {}};
      return;
    }
    const auto now = Clock::now();
    if (!job.over_since) job.over_since = now;
    const bool by_itself = told.state == "COMPLETED" || told.state == "FAILED";
    if (now - *job.over_since < (by_itself ? kResultGrace : kResultGrace / 5)) return;
    if (auto result = read_result(job.attempt.place)) {
      job.state = std::move(*result);
    } else if (told.state == "TIMEOUT" || told.state == "OUT_OF_MEMORY") {
      job.state = {Phase::done, {.exit_code = 137}, {}};
      job.state.result.limit_hit = told.state == "TIMEOUT" ? Limit::wall : Limit::memory;
    } else if (told.state == "CANCELLED" || told.state == "DEADLINE" || told.state == "REVOKED") {
      end(job, Phase::failed,
          job.cancelled ? "cancelled" : fmt::format("job {} was cancelled in Slurm", job.id));
    } else {
      end(job, Phase::lost,
          fmt::format("job {} ended as {} and left no result", job.id, told.state));
    }
  }

  /// Slurm forgets jobs that ended some minutes ago, and can forget others.
  void note_missing(Tracked& job) {
    const auto now = Clock::now();
    if (const auto beat = heartbeat(job.attempt.place); beat && beat != job.beat) {
      job.beat = beat;
      job.beat_at = now;
    }
    if (!job.missing_since) job.missing_since = now;
    const auto silent_since =
        std::max(*job.missing_since, job.beat_at.value_or(*job.missing_since));
    const bool beats = job.beat_at && now - *job.beat_at <
                                          std::min<Clock::duration>(kBeatAge, settings_.lost_after);
    const Clock::duration grace = job.beat ? Clock::duration(settings_.lost_after) : kArrivalGrace;
    if (!beats && now - silent_since > grace) {
      end(job, job.cancelled ? Phase::failed : Phase::lost,
          job.cancelled ? "cancelled"
          : job.beat    ? "Slurm does not know the job any more, and it is silent"
                        : "the job never reached Slurm");
      return;
    }
    job.state = {beats ? Phase::running : Phase::unknown, {}, "Slurm does not know the job"};
  }

  void end(Tracked& job, Phase phase, std::string problem) {
    job.state = {phase, {.exit_code = 1}, std::move(problem)};
  }

  void ask_again_at_once() {
    // What is being asked may not know it yet: a moment later, not now.
    pause_ = kFirstPause;
    ask_at_ = Clock::now() + kFirstPause / 4;
  }

  Settings settings_;
  const World& world_;
  std::map<std::string, Tracked> jobs_;
  std::vector<Waiting> waiting_;
  Clock::time_point ask_at_ = Clock::now();
  std::chrono::milliseconds pause_ = kFirstPause;
  std::future<std::variant<SlurmQueue, SlurmProblem>> asking_;
};

const bool kRegistered = executors().add("slurm", [](const Json& options, const World& world) {
  return std::make_unique<SlurmExecutor>(read_settings(options), world);
});

}  // namespace
}  // namespace mlo::run
