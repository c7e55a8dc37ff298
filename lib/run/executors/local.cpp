#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "mlo/core/error.h"
#include "run/executor.h"
#include "run/log_limit.h"

namespace mlo::run {
namespace {

/// Processes on this machine, each in a group of its own, each watched by a thread: one that has
/// seen its process end takes the next, since to begin a thread costs as much as a short step.
class LocalExecutor final : public Executor {
 public:
  LocalExecutor() = default;
  ~LocalExecutor() override {
    const std::lock_guard lock(mutex_);
    // All are asked before the first is waited for: each may take its time to end.
    for (auto& [key, stop] : stops_) stop.request_stop();
    is_over_ = true;
    waiting_.notify_all();
  }
  LocalExecutor(const LocalExecutor&) = delete;
  LocalExecutor& operator=(const LocalExecutor&) = delete;

  void submit(std::span<const Attempt> attempts) override {
    for (const auto& attempt : attempts) start(attempt);
  }

  std::vector<JobState> poll(std::span<const std::string> keys) override {
    const std::lock_guard lock(mutex_);
    news_ = false;
    std::vector<JobState> found;
    for (const auto& key : keys) {
      const auto state = states_.find(key);
      found.push_back(state != states_.end()
                          ? state->second
                          : JobState{JobState::Phase::lost, {}, "it was never submitted"});
    }
    return found;
  }

  bool wait(std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [this] { return news_; });
  }

  void cancel(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (const auto stop = stops_.find(key); stop != stops_.end()) stop->second.request_stop();
  }

  /// Nobody can learn how they end: their step runs again, and must not run twice at once.
  void clear_after(const std::string& run) override {
    // Again until none is left: one may have started another, and dying takes a moment.
    constexpr int kMostLooks = 500;
    for (int look = 0; look < kMostLooks && end_processes_with(kMark, run) > 0; ++look)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

 private:
  /// The variable by which processes of a driver that died are known: the attempt's key.
  static constexpr auto kMark = "MLO_LOCAL_JOB";

  void start(const Attempt& attempt) {
    const std::lock_guard lock(mutex_);
    if (!stops_.try_emplace(attempt.key).second) return;
    states_[attempt.key] = JobState{};
    queue_.push_back(attempt);
    if (queue_.size() > idle_)
      watchers_.emplace_back([this] { work(); });
    else
      waiting_.notify_one();
  }

  /// A watcher's life: one job after the other, until the executor is over.
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      waiting_.wait(lock, [this] { return is_over_ || !queue_.empty(); });
      --idle_;
      if (queue_.empty()) return;
      const auto attempt = std::move(queue_.front());
      queue_.pop_front();
      const auto stop = stops_.at(attempt.key).get_token();
      lock.unlock();
      auto state = watch(attempt, stop);
      lock.lock();
      states_[attempt.key] = std::move(state);
      news_ = true;
      changed_.notify_all();
    }
  }

  JobState watch(const Attempt& attempt, const std::stop_token& stop) {
    try {
      auto argv = attempt.shell;
      argv.push_back(attempt.command);
      auto environment = attempt.environment;
      environment[kMark] = attempt.key;
      const LogLimits::Watch limit(limits_, attempt.log, attempt.log_limit_bytes);
      return {JobState::Phase::done,
              run_process({.argv = std::move(argv),
                           .folder = attempt.folder,
                           .environment = std::move(environment),
                           .log = attempt.log,
                           .limits = attempt.limits},
                          stop),
              {}};
    } catch (const std::exception& error) {
      // Its folder or its shell is not there, or it was cancelled: the same again would go the
      // same.
      return {JobState::Phase::failed, {.exit_code = 126}, error.what()};
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;  ///< a job has ended
  std::condition_variable waiting_;  ///< a job is in the queue, or all is over
  bool news_ = false;
  bool is_over_ = false;
  LogLimits limits_;
  std::map<std::string, JobState> states_;
  std::map<std::string, std::stop_source> stops_;
  std::deque<Attempt> queue_;           ///< submitted, taken by no watcher yet
  std::size_t idle_ = 0;                ///< watchers that wait for a job
  std::vector<std::jthread> watchers_;  // last: its threads use all of the above
};

const bool kRegistered = executors().add("local", [](const Json& options, const World& /*world*/) {
  if (options.size() > 0)
    throw Error(ErrorKind::bad_input, "the executor local takes no '{}'",
                options.as_object().front().first)
        .hint("say how many steps run at once with --jobs, and what one may use under resources");
  return std::make_unique<LocalExecutor>();
});

}  // namespace
}  // namespace mlo::run
