#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "run/attempt.h"
#include "run/engines.h"
#include "run/training.h"

namespace mlo::run {

/// Makes `mlo.lock` say what the run knows of steps and outputs; what others track meanwhile stays,
/// and counts from here on. Waits for those who are at it.
void write_facts(Training& training);

/// Takes the selected steps through a run: each after what it needs, at most `jobs` at once.
///
/// Each step that is done is noted at once, so that a run that is killed goes on there; what steps
/// of the last quarter of a second left becomes durable together: objects, results, `mlo.lock`.
/// After a failure nothing new begins; what runs may finish, and what need not run is still told.
class Schedule {
 public:
  /// `begin` is called once, before the first step that touches the workspace.
  Schedule(Training& training, std::span<const std::size_t> selected, std::function<void()> begin);

  /// Returns when every step is settled. Throws interrupted when stop was requested, after all
  /// processes have ended; the steps then say what became of them.
  void go();

  [[nodiscard]] const std::vector<StepProgress>& steps() const { return steps_; }
  [[nodiscard]] const std::string& failed_step() const { return failed_step_; }
  [[nodiscard]] bool begun() const { return begun_; }

 private:
  void begin_once();
  void make_ready(std::size_t place);
  [[nodiscard]] bool may_begin() const;
  bool has_news();
  void start_ready();
  void look_ahead();
  bool decide_on(StepProgress& step);
  void start(std::size_t place);
  void submit(StepProgress& step);
  void settle_ended();
  void settle(StepProgress& step, const JobState& state);
  void keep(StepProgress& step, Done done, std::chrono::microseconds took);
  void fail(StepProgress& step, const std::string& why);
  void keep_told(StepProgress& step);
  bool try_again(StepProgress& step, const Failed& failed);
  void note_result(StepProgress& step, const std::vector<StoredOutput>& outputs);
  void done_with(StepProgress& step);
  void recall(StepProgress& step);
  void secure_if_due();
  void secure();
  void stop_all();

  Training& training_;
  std::function<void()> begin_;
  /// When the oldest step that is not durable yet was done.
  std::optional<std::chrono::steady_clock::time_point> unsecured_since_;
  std::uint64_t unsecured_bytes_ = 0;
  bool begun_ = false;
  std::vector<StepProgress> steps_;   // in graph order
  std::vector<std::size_t> place_;    // node → place in steps_
  std::set<std::size_t> ready_;       // places
  std::set<std::size_t> unseen_;      // of these, what was not decided on yet
  std::vector<std::size_t> running_;  // places
  std::string failed_step_;
  Engines engines_;
  std::map<Digest, Digest> recorded_before_;  ///< fingerprint → points
};

}  // namespace mlo::run
