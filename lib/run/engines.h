#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "run/executor.h"
#include "run/training.h"

namespace mlo::run {

/// The engines that compute the steps of a run, and their jobs. Jobs that outlive us are in the
/// journal from before they are submitted until their end is dealt with.
class Engines {
 public:
  /// Throws bad_input for an engine that a step names and that is not there.
  explicit Engines(Training& training);

  /// Whether the step may begin now: engines elsewhere have queues of their own, here `--jobs`
  /// counts, and a step that asks for several CPUs takes so many of them.
  [[nodiscard]] bool has_room(const StepProgress& step);
  /// True when some steps may begin although others must wait.
  [[nodiscard]] bool several() const { return kinds_.size() > 1; }

  /// Makes the next attempt ready; it begins at the latest with the next `send`.
  void begin(StepProgress& step);
  /// Hands over what has begun: copies of one step together.
  void send();
  /// Takes over the job that an earlier run left of this very step, or ends one that does
  /// something else; then what the step's decision looked at may have changed.
  enum class Left { nothing, taken_over, ended };
  Left take_over(StepProgress& step);

  /// The states of the steps' jobs, in their order.
  std::vector<JobState> poll(std::span<StepProgress* const> steps);
  /// Whether one is known to have ended since.
  bool wait(std::chrono::milliseconds patience);
  void cancel(const StepProgress& step);
  [[nodiscard]] bool outlives(const StepProgress& step) { return of(step).outlives(); }
  /// The job of this key has ended and what it left is dealt with.
  void release(const std::string& key);

 private:
  Executor& named(const std::string& kind);
  Executor& of(const StepProgress& step) { return named(kind_of(step)); }
  [[nodiscard]] const std::string& kind_of(const StepProgress& step) const;
  [[nodiscard]] std::size_t weight(const StepProgress& step) const;
  /// Cancels the job of an earlier run and forgets it.
  void end(const OpenJob& job);
  /// Returns when the job has ended, or never will begin; throws unavailable when neither can be
  /// known.
  void await_end(const OpenJob& job);
  void close(const std::string& key);
  void tell_trouble(const std::string& kind, const std::vector<JobState>& states);

  Training& training_;
  const std::uint64_t log_limit_bytes_;
  std::map<std::string, std::unique_ptr<Executor>> kinds_;
  std::map<std::string, OpenJob> left_;                  ///< step → what an earlier run left
  std::map<std::string, std::vector<Attempt>> waiting_;  ///< kind → not sent yet
  std::vector<OpenJob> opening_;                         ///< not in the journal yet
  std::map<std::string, std::size_t> here_;              ///< key → its share of `--jobs`
  std::size_t taken_here_ = 0;
  std::map<std::string, std::string> trouble_;  ///< kind → what it answered instead of states
};

}  // namespace mlo::run
