#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

#include "data/engine.h"

namespace mlo::data {

/// What a statement has to keep to.
struct Limits {
  std::stop_token stop;
  std::chrono::milliseconds time{0};
  Listener listener;
};

/// A statement that runs.
struct Running {
  std::function<void()> interrupt;
  std::function<double()> share;  ///< of its work that is done; below 0: not known
};

/// Interrupts a statement, while this lives, when it was stopped or took too long, and tells how
/// far it is. Throws interrupted when it was stopped before.
class Watch {
 public:
  Watch(const Limits& limits, Running running);
  [[nodiscard]] bool late() const { return late_; }

 private:
  void look_on(const std::stop_token& done, const Limits& limits);
  void tell(const Listener& listener) const;

  Running running_;
  std::stop_callback<std::function<void()>> stopped_;
  std::atomic<bool> late_ = false;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread clock_;  // last: it uses the others
};

}  // namespace mlo::data
