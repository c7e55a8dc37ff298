#include "mlo/core/thread.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "mlo/core/process.h"

namespace mlo {

void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::stop_token& stop) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> failed = false;
  Guarded<std::exception_ptr> first;
  const auto take = [&] {
    try {
      for (std::size_t i = next++; i < count && !failed; i = next++) {
        throw_if_stopped(stop);
        work(i);
      }
    } catch (...) {
      failed = true;
      first.with([](std::exception_ptr& problem) {
        if (!problem) problem = std::current_exception();
      });
    }
  };
  const auto helpers = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(take);
    take();
  }
  first.with([](std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  });
}

}  // namespace mlo
