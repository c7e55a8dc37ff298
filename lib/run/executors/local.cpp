#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "mlo/core/error.h"
#include "run/executor.h"

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

  std::string submit(const Attempt& attempt) override {
    if (watchers_.contains(attempt.key)) return attempt.key;
    {
      const std::lock_guard lock(mutex_);
      states_[attempt.key] = JobState{};
    }
    watchers_.emplace(attempt.key, std::jthread([this, attempt](const std::stop_token& stop) {
                        report(attempt.key, watch(attempt, stop));
                      }));
    return attempt.key;
  }

  std::vector<JobState> poll(std::span<const std::string> jobs) override {
    const std::lock_guard lock(mutex_);
    news_ = false;
    std::vector<JobState> found;
    for (const auto& job : jobs) {
      const auto state = states_.find(job);
      found.push_back(state != states_.end()
                          ? state->second
                          : JobState{JobState::Phase::lost, {}, "it was never submitted"});
    }
    return found;
  }

  void wait(std::chrono::milliseconds patience) override {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return news_; });
  }

  void cancel(const std::string& job) override {
    const auto watcher = watchers_.find(job);
    if (watcher != watchers_.end()) watcher->second.request_stop();
  }

 private:
  static JobState watch(const Attempt& attempt, const std::stop_token& stop) {
    try {
      auto argv = attempt.shell;
      argv.push_back(attempt.command);
      return {JobState::Phase::done,
              run_process({.argv = std::move(argv),
                           .folder = attempt.folder,
                           .environment = attempt.environment,
                           .log = attempt.log},
                          stop),
              {}};
    } catch (const std::exception& error) {
      return {JobState::Phase::lost, {}, error.what()};
    }
  }

  void report(const std::string& job, JobState state) {
    const std::lock_guard lock(mutex_);
    states_[job] = std::move(state);
    news_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool news_ = false;
  std::map<std::string, JobState> states_;
  std::map<std::string, std::jthread> watchers_;  // last: its threads use all of the above
};

const bool kRegistered = executors().add("local", [] { return std::make_unique<LocalExecutor>(); });

}  // namespace
}  // namespace mlo::run
