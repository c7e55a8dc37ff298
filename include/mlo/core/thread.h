#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>

namespace mlo {

/// A value that several threads share, reachable only under its lock.
template <typename T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}
  template <typename Use>
  decltype(auto) with(Use&& use) {
    const std::lock_guard lock(mutex_);
    return std::forward<Use>(use)(value_);
  }

 private:
  std::mutex mutex_;
  T value_{};
};

/// Calls `work(0)` … `work(count - 1)` on up to `threads` threads; the first exception is rethrown
/// after all have stopped. Looks at `stop` before each item and throws interrupted.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::stop_token& stop = {});

}  // namespace mlo
