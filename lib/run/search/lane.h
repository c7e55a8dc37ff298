#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "mlo/core/progress.h"
#include "mlo/run/search.h"
#include "run/search/ground.h"
#include "run/search/live_curve.h"
#include "run/search/space.h"

namespace mlo::run {

/// A trial that is to run.
struct Proposal {
  std::int64_t number = 0;
  Json params = Json::object();
  std::string run;  ///< its id
};

/// How a trial's run ended.
struct Ending {
  std::string failed_step;
  std::string problem;        ///< of the failed step
  std::exception_ptr broken;  ///< what is no trial's fault: the search ends with it
};

/// A workspace in which one trial after the other runs, on a thread of its own.
class Lane {
 public:
  /// `ended` is called on the lane's thread when a trial has.
  Lane(workspace::Repository workspace, StepEnvironment environment, std::function<void()> ended)
      : workspace_(std::move(workspace)),
        environment_(std::move(environment)),
        ended_(std::move(ended)) {}

  /// Begins a trial; none may be under way.
  void begin(const Ground& ground, const workspace::SearchSpec& spec, Proposal proposal,
             const std::string& reason);
  /// Asks it to end: by a rule, or, with an empty name, because the search does.
  void stop(const std::string& rule);
  [[nodiscard]] bool is_free() const { return !proposal_; }
  [[nodiscard]] bool has_ended() const { return proposal_ && done_; }
  [[nodiscard]] const Proposal& proposal() const { return *proposal_; }
  [[nodiscard]] LiveCurve& curve() { return *curve_; }
  /// Waits for the thread and frees the lane.
  Ending finish();

 private:
  Ending compute(const Ground& ground, const workspace::SearchSpec& spec, const std::string& reason,
                 const std::stop_token& stop);

  workspace::Repository workspace_;
  StepEnvironment environment_;
  std::function<void()> ended_;
  std::optional<Proposal> proposal_;
  std::optional<LiveCurve> curve_;
  std::string rule_;  ///< written before its stop is requested, read after
  Ending ending_;
  std::atomic<bool> done_ = false;
  std::jthread worker_;  // last: it uses all of the above
};

}  // namespace mlo::run
