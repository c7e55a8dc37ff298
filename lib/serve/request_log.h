#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/monitor/inference_log.h"
#include "serve/metrics.h"

namespace mlo::serve {

/// Carries answered requests to the inference log off the hot path: a bounded queue and one writer.
/// What finds the queue full is counted and dropped; a client never waits for the disk.
class RequestLog {
 public:
  RequestLog(std::filesystem::path repository_folder, Metrics& metrics, Progress& progress);
  ~RequestLog();  ///< writes what is left
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void add(std::vector<monitor::InferenceRecord> records);

 private:
  void write_until(const std::stop_token& stop);
  void write(const std::vector<monitor::InferenceRecord>& records);

  std::filesystem::path folder_;
  Metrics& metrics_;
  Progress& progress_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<monitor::InferenceRecord> waiting_;
  bool failing_ = false;
  std::jthread writer_;  // last: it uses all the others
};

}  // namespace mlo::serve
