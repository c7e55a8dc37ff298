#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/process.h"
#include "mlo/core/registry.h"
#include "mlo/core/world.h"

namespace mlo::run {

/// One try at one step, as an engine sees it.
struct Attempt {
  std::string key;      ///< names the job with the engine; the same key is the same job
  std::string array;    ///< of a `matrix`: attempts that share it may go to the engine as one
  std::string command;  ///< for `shell`
  std::vector<std::string> shell = {"/bin/sh", "-c"};
  std::filesystem::path folder;
  std::map<std::string, std::string> environment;  ///< added to ours
  std::filesystem::path log;                       ///< output goes there from the first byte
  std::uint64_t log_limit_bytes = 0;               ///< more is cut in the middle; 0: never
  int cpus = 0;                                    ///< 0: whatever the engine gives
  int gpus = 0;
  ProcessLimits limits = {};
  std::filesystem::path workspace;   ///< root of the repository
  std::vector<std::string> outputs;  ///< paths in the workspace that the job must have written
  /// Its own folder, for engines that outlive us: plan, lease, result (run/job.h).
  std::filesystem::path place;
};

/// What an engine says of a job.
struct JobState {
  enum class Phase {
    queued,
    running,
    unknown,  ///< the engine does not say: neither gone nor failed; `problem` tells why
    done,     ///< it ended by itself, or at a limit: `result`
    failed,   ///< refused, or ended from outside: `problem`; the same again would fail again
    lost,     ///< the engine's fault: `problem` says why no exit code will ever come
  };
  Phase phase = Phase::running;
  ProcessResult result;
  std::string problem;
  /// Of a done job that hashed its outputs where it ran: path → content.
  std::map<std::string, std::string> outputs = {};

  [[nodiscard]] bool ended() const { return phase >= Phase::done; }
};

/// Where steps are computed. All calls may be repeated: a job is named by its attempt's key, and
/// what exists under that name is never started again.
///
/// The workspace is where the job runs, so that nothing is staged: an engine elsewhere needs a
/// shared disk. Used by one thread.
class Executor {
 public:
  Executor() = default;
  virtual ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Whether jobs go on when we die, and are found again by their key. The destructor of one whose
  /// jobs do not cancels what still runs and waits for its end.
  [[nodiscard]] virtual bool outlives() const { return false; }
  /// Starts the jobs; never throws what only a later `poll` can know. A submission that may or may
  /// not have arrived is looked for by its key before it is sent again.
  virtual void submit(std::span<const Attempt> attempts) = 0;
  /// Takes over a job that another process submitted, or meant to.
  virtual void adopt(const Attempt& attempt) { submit({&attempt, 1}); }
  /// The state of each job, in the order of `keys`; engines elsewhere are asked once for all.
  virtual std::vector<JobState> poll(std::span<const std::string> keys) = 0;
  /// Returns when a job may have ended since the last poll, at the latest after `patience`; whether
  /// one is known to have ended.
  virtual bool wait(std::chrono::milliseconds patience) = 0;
  /// Asks a job to end, with all it has started. A job that has ended stays as it is.
  virtual void cancel(const std::string& key) = 0;
  /// Ends what a process that died left running of this run, where nobody will ask for it again.
  virtual void clear_after(const std::string& run) { static_cast<void>(run); }
};

/// What a process of a run begins with, so that it cannot sign as who trains: the variables that
/// hold keys and tokens, empty, which each of their readers takes for not there.
std::map<std::string, std::string> blank_secrets();

/// Makes one from its options in `mlo.yaml`; throws bad_input for one that it does not know.
using ExecutorMaker = std::function<std::unique_ptr<Executor>(const Json& options, const World&)>;
/// The kinds there are; each adds itself from its file in executors/.
Registry<ExecutorMaker>& executors();
/// Throws bad_input naming the kinds there are.
std::unique_ptr<Executor> make_executor(std::string_view kind, const Json& options,
                                        const World& world);

}  // namespace mlo::run
