#include "mlo/core/thread.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "mlo/core/process.h"

namespace mlo {

bool FirstError::caught(const std::function<void()>& work) {
  try {
    work();
    return false;
  } catch (...) {
    problem_.with([](std::exception_ptr& problem) {
      if (!problem) problem = std::current_exception();
    });
    return true;
  }
}

void FirstError::rethrow() {
  problem_.with([](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::stop_token& stop) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  FirstError error;
  const auto take = [&] {
    const bool threw = error.caught([&] {
      for (std::size_t i = next++; i < count && !failed; i = next++) {
        throw_if_stopped(stop);
        work(i);
      }
    });
    if (threw) failed = true;
  };
  const auto helpers = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(take);
    take();
  }
  error.rethrow();
}

}  // namespace mlo
