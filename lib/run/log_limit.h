#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <list>
#include <mutex>
#include <thread>

namespace mlo::run {

/// Keeps logs of steps that print without end from filling the disk: what grows over its limit is
/// cut to its first and last quarter, with a line between them that says how much is missing.
/// A step goes on writing to the same file, and nothing of its output passes through us. One thread
/// looks after all logs: to begin one costs as much as a short step.
class LogLimits {
 public:
  LogLimits() = default;
  ~LogLimits() = default;
  LogLimits(const LogLimits&) = delete;
  LogLimits& operator=(const LogLimits&) = delete;

 private:
  struct Log {
    std::filesystem::path path;
    std::uint64_t most_bytes = 0;
    std::uint64_t head_bytes = 0;     ///< once it was cut: up to the end of a line
    std::uint64_t note_bytes = 0;     ///< the line after the head
    std::uint64_t missing_bytes = 0;  ///< left out so far
  };

 public:
  /// Looks after the file until it is destroyed; `most_bytes` 0: no limit.
  class Watch {
   public:
    Watch(LogLimits& limits, std::filesystem::path log, std::uint64_t most_bytes);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    LogLimits& limits_;
    std::list<Log>::iterator log_;
  };

 private:
  void look_after(const std::stop_token& over);
  /// Never throws: a log that cannot be cut, as it is gone, is no reason to end its step.
  static void cut_if_over(Log& log);
  static void cut(Log& log, std::uint64_t size);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::list<Log> logs_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace mlo::run
