#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/run/step.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/snapshot.h"
#include "run/job.h"
#include "run/log_limit.h"

namespace mlo::run {
namespace {

constexpr auto kBeat = std::chrono::seconds(1);
constexpr auto kHearsay = std::chrono::milliseconds(300);

/// Shows every second that the job is alive, and stops it when a later start has taken over.
class Pulse {
 public:
  Pulse(const Lease& lease, std::stop_source& work)
      : thread_([this, &lease, &work](const std::stop_token& over) {
          std::unique_lock lock(mutex_);
          while (!changed_.wait_for(lock, over, kBeat, [] { return false; }) &&
                 !over.stop_requested()) {
            if (beats(lease)) continue;
            taken_over_ = true;
            work.request_stop();
            return;
          }
        }) {}
  [[nodiscard]] bool taken_over() const { return taken_over_; }

 private:
  static bool beats(const Lease& lease) {
    try {
      return lease.beat();
    } catch (const Error&) {
      return true;  // a shared disk that is slow to answer has not told us to go
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::atomic<bool> taken_over_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

/// A line in the step's log, where the people who wait for it look.
void note(const Attempt& attempt, std::string_view line) {
  auto log = File::open(attempt.log, O_WRONLY | O_CREAT | O_APPEND, 0644);
  log.write_all(bytes_of(fmt::format("mlo: {}\n", line)));
}

/// What the outputs are here, so that a disk that is late to show them elsewhere is noticed there.
std::map<std::string, std::string> hashed(const Attempt& attempt, const World& world) {
  std::map<std::string, std::string> outputs;
  auto repository = workspace::Repository::open(attempt.workspace, world);
  workspace::SnapshotBatch files(repository);
  for (const auto& output : attempt.outputs) {
    const auto path = RepoPath::parse(output);
    if (status_of(path.under(repository.root()))) outputs[output] = files.look(path).digest.text();
  }
  return outputs;
}

/// An engine that ends a job signals all of its processes: the command may be gone before we hear
/// of it, and then its end is not the step's doing. Throws interrupted when that was so.
void await_stop(const std::stop_token& stop) {
  const auto until = std::chrono::steady_clock::now() + kHearsay;
  while (std::chrono::steady_clock::now() < until) {
    throw_if_stopped(stop);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

JobState compute(const Attempt& attempt, const World& world, const std::stop_token& stop) {
  JobState state{.phase = JobState::Phase::done, .result = {}, .problem = {}};
  auto argv = attempt.shell;
  argv.push_back(attempt.command);
  LogLimits limits;
  const LogLimits::Watch limit(limits, attempt.log, attempt.log_limit_bytes);
  try {
    state.result = run_process({.argv = std::move(argv),
                                .folder = attempt.folder,
                                .environment = attempt.environment,
                                .log = attempt.log,
                                .limits = attempt.limits},
                               stop);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    state.problem = error.message();
    return state;
  }
  if (state.result.exit_code != 0 && !state.result.limit_hit) await_stop(stop);
  if (state.result.exit_code == 0 && !state.result.limit_hit)
    state.outputs = hashed(attempt, world);
  return state;
}

}  // namespace

StepOutcome run_step(const std::filesystem::path& place, const World& world,
                     const std::stop_token& stop) {
  const auto attempt = read_plan(place);
  const auto lease = Lease::take(place, world);
  if (!lease) return StepOutcome::told_before;
  if (lease->number() > 1)
    note(attempt, fmt::format("start {} of this job: what an earlier one left does not count",
                              lease->number()));
  std::stop_source work;
  const std::stop_callback passed_on(stop, [&work] { work.request_stop(); });
  const Pulse pulse(*lease, work);
  try {
    const auto state = compute(attempt, world, work.get_token());
    if (lease->tell(state, world)) return StepOutcome::told;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::interrupted) throw;
    if (!pulse.taken_over()) throw;
  }
  note(attempt, fmt::format("start {} ends: a later start of this job goes on", lease->number()));
  return StepOutcome::taken_over;
}

}  // namespace mlo::run
