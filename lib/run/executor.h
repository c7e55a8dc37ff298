#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/process.h"
#include "mlo/core/registry.h"

namespace mlo::run {

/// One try at one step, as an engine sees it.
struct Attempt {
  std::string key;      ///< names the job with the engine; the same key is the same job
  std::string command;  ///< for `shell`
  std::vector<std::string> shell = {"/bin/sh", "-c"};
  std::filesystem::path folder;
  std::map<std::string, std::string> environment;  ///< added to ours
  std::filesystem::path log;                       ///< output goes there from the first byte
};

/// What an engine says of a job.
struct JobState {
  enum class Phase { running, done, lost };
  Phase phase = Phase::running;
  ProcessResult result;  ///< of a done one
  std::string problem;   ///< of a lost one: why no exit code will ever come
};

/// Where steps are computed. Engines with a disk of their own will stage in `submit` and bring the
/// outputs back before they call a job done: outside, a done job's outputs are in the workspace.
///
/// Used by one thread. The destructor cancels what still runs and waits for its end.
class Executor {
 public:
  Executor() = default;
  virtual ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Starts the job and returns its id; a key that was submitted before is not started again.
  virtual std::string submit(const Attempt& attempt) = 0;
  /// The state of each job, in the order of `jobs`.
  virtual std::vector<JobState> poll(std::span<const std::string> jobs) = 0;
  /// Returns when a job may have ended since the last poll, at the latest after `patience`.
  virtual void wait(std::chrono::milliseconds patience) = 0;
  /// Asks a job to end, with all it has started. A job that has ended stays as it is.
  virtual void cancel(const std::string& job) = 0;
};

using ExecutorMaker = std::function<std::unique_ptr<Executor>()>;
/// The kinds there are; each adds itself from its file in executors/.
Registry<ExecutorMaker>& executors();
/// Throws bad_input naming the kinds there are.
std::unique_ptr<Executor> make_executor(std::string_view kind);

}  // namespace mlo::run
