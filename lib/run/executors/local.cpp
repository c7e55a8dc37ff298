#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "mlo/core/error.h"
#include "run/executor.h"
#include "run/log_limit.h"

namespace mlo::run {
namespace {

/// Processes on this machine, each in a group of its own, watched by a thread each.
class LocalExecutor final : public Executor {
 public:
  LocalExecutor() = default;
  ~LocalExecutor() override {
    // All are asked before the first is waited for: each may take its time to end.
    for (auto& [key, watcher] : watchers_) watcher.request_stop();
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
    const auto watcher = watchers_.find(key);
    if (watcher != watchers_.end()) watcher->second.request_stop();
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
    if (watchers_.contains(attempt.key)) return;
    {
      const std::lock_guard lock(mutex_);
      states_[attempt.key] = JobState{};
    }
    watchers_.emplace(attempt.key, std::jthread([this, attempt](const std::stop_token& stop) {
                        report(attempt.key, watch(attempt, stop));
                      }));
  }

  static JobState watch(const Attempt& attempt, const std::stop_token& stop) {
    try {
      auto argv = attempt.shell;
      argv.push_back(attempt.command);
      auto environment = attempt.environment;
      environment[kMark] = attempt.key;
      const LogLimit limit(attempt.log, attempt.log_limit_bytes);
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

  void report(const std::string& key, JobState state) {
    const std::lock_guard lock(mutex_);
    states_[key] = std::move(state);
    news_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false;
  std::map<std::string, JobState> states_;
  std::map<std::string, std::jthread> watchers_;  // last: its threads use all of the above
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
