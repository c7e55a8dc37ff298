#include "data/watch.h"

#include <algorithm>
#include <utility>

#include "mlo/core/error.h"
#include "mlo/core/process.h"

namespace mlo::data {

Watch::Watch(const Limits& limits, Running running)
    : running_(std::move(running)), stopped_(limits.stop, [this] { running_.interrupt(); }) {
  throw_if_stopped(limits.stop);
  if (limits.time.count() == 0 && limits.listener.progress == nullptr) return;
  clock_ = std::jthread([this, &limits](const std::stop_token& done) { look_on(done, limits); });
}

void Watch::look_on(const std::stop_token& done, const Limits& limits) {
  constexpr std::chrono::milliseconds kOften{100};
  constexpr std::chrono::hours kEver{10000};
  const bool told = limits.listener.progress != nullptr;
  const auto end = std::chrono::steady_clock::now() +
                   (limits.time.count() == 0 ? std::chrono::milliseconds(kEver) : limits.time);
  std::unique_lock lock(mutex_);
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    changed_.wait_until(lock, done, told ? std::min(end, now + kOften) : end, [] { return false; });
    if (done.stop_requested()) return;
    if (told) tell(limits.listener);
    if (std::chrono::steady_clock::now() < end) continue;
    late_ = true;
    running_.interrupt();
    return;
  }
}

void Watch::tell(const Listener& listener) const {
  const double share = running_.share();
  if (!(share >= 0 && share <= 1)) return;
  const auto done = share * static_cast<double>(listener.total.size_bytes);
  listener.progress->advance_files(
      listener.what, {.files = 0, .size_bytes = static_cast<std::uint64_t>(done)}, listener.total);
}

}  // namespace mlo::data
