#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <thread>

namespace mlo::run {

/// Keeps the log of a step that prints without end from filling the disk: what grows over the limit
/// is cut to its first and last quarter, with a line between them that says how much is missing.
/// The step goes on writing to the same file, and nothing of its output passes through us.
class LogLimit {
 public:
  /// Looks after the file until it is destroyed; `most_bytes` 0: no limit.
  LogLimit(std::filesystem::path log, std::uint64_t most_bytes);
  ~LogLimit();
  LogLimit(const LogLimit&) = delete;
  LogLimit& operator=(const LogLimit&) = delete;

 private:
  void look_after(const std::stop_token& over);
  /// Never throws: a log that cannot be cut, as it is gone, is no reason to end its step.
  void cut_if_over();
  void cut(std::uint64_t size);

  const std::filesystem::path log_;
  const std::uint64_t most_bytes_;
  std::uint64_t head_bytes_ = 0;     ///< once it was cut: up to the end of a line
  std::uint64_t note_bytes_ = 0;     ///< the line after the head
  std::uint64_t missing_bytes_ = 0;  ///< left out so far
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace mlo::run
