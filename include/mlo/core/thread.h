#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

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

/// A queue between threads that holds at most `capacity` items.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {}
  /// Waits while the queue is full. False when it is closed: the item is dropped.
  bool push(T item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() < capacity_; });
    if (closed_) return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    return true;
  }
  /// Waits while the queue is empty; nothing when it is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !items_.empty(); });
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    return item;
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  std::size_t capacity_;
  bool closed_ = false;
};

/// The first exception of several threads.
class FirstError {
 public:
  /// Runs `work`; keeps what it throws. True when it threw.
  bool caught(const std::function<void()>& work);
  void rethrow();

 private:
  Guarded<std::exception_ptr> problem_;
};

/// Calls `work(0)` … `work(count - 1)` on up to `threads` threads; the first exception is rethrown
/// after all have stopped. Looks at `stop` before each item and throws interrupted.
void parallel_for(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                  const std::stop_token& stop = {});

/// Calls `visit(item, more)` for `first` and for every item that a visit hands to `more`, on up to
/// `threads` threads and in no order; the first exception is rethrown after all have stopped.
template <typename Item, typename Visit>
void parallel_walk(Item first, int threads, Visit&& visit) {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> waiting{first};
  std::size_t open = 1;  // handed in and not yet visited
  bool failed = false;
  FirstError error;
  const auto more = [&](Item item) {
    const std::lock_guard lock(mutex);
    waiting.push_back(item);
    ++open;
    changed.notify_one();
  };
  const auto work = [&] {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return failed || open == 0 || !waiting.empty(); });
      if (failed || open == 0) return;
      const auto item = waiting.back();  // depth first: what is waiting stays few
      waiting.pop_back();
      lock.unlock();
      const bool threw = error.caught([&] { visit(item, more); });
      lock.lock();
      failed = failed || threw;
      if (--open == 0 || failed) changed.notify_all();
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int i = 1; i < threads; ++i) pool.emplace_back(work);
    work();
  }
  error.rethrow();
}

/// Calls `produce(i)` for 0 … `count - 1` on up to `threads` threads, and `consume` with each
/// result on the caller's thread in the order of `i`; at most `window` results wait. The first
/// exception is rethrown after all have stopped.
template <typename Produce, typename Consume>
void ordered_map(std::size_t count, int threads, std::size_t window, Produce&& produce,
                 Consume&& consume) {
  using Result = decltype(produce(std::size_t{}));
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::optional<Result>> waiting(window);
  std::size_t next = 0;
  std::size_t consumed = 0;
  bool failed = false;
  FirstError error;
  const auto fail = [&] {
    const std::lock_guard lock(mutex);
    failed = true;
    changed.notify_all();
  };
  const auto work = [&] {
    const bool threw = error.caught([&] {
      while (true) {
        std::unique_lock lock(mutex);
        const auto index = next++;
        changed.wait(lock, [&] { return failed || index >= count || index < consumed + window; });
        if (failed || index >= count) return;
        lock.unlock();
        auto result = produce(index);
        lock.lock();
        waiting[index % window] = std::move(result);
        changed.notify_all();
      }
    });
    if (threw) fail();
  };
  {
    std::vector<std::jthread> pool;
    pool.reserve(static_cast<std::size_t>(threads));
    for (int i = 0; i < threads; ++i) pool.emplace_back(work);
    const bool threw = error.caught([&] {
      for (std::size_t index = 0; index < count; ++index) {
        std::unique_lock lock(mutex);
        auto& slot = waiting[index % window];
        changed.wait(lock, [&] { return failed || slot.has_value(); });
        if (failed) return;
        auto result = std::move(*slot);
        slot.reset();
        lock.unlock();
        consume(std::move(result));
        lock.lock();
        consumed = index + 1;
        changed.notify_all();
      }
    });
    if (threw) fail();
  }
  error.rethrow();
}

}  // namespace mlo
