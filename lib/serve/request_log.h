#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/model/features.h"
#include "mlo/monitor/inference_log.h"
#include "serve/metrics.h"

namespace mlo::serve {

/// A request as it was answered, before it becomes a line a row.
struct LoggedRequest {
  Timestamp at;
  std::string id;
  std::string model;
  std::int64_t version = 0;
  double latency_ms = 0;
  std::vector<std::string> features = {};
  std::vector<model::FeatureColumn> columns = {};  ///< one a feature
  model::Answers said = {};
  std::string error = {};  ///< of a request that failed: it has no columns, and one line
  [[nodiscard]] std::size_t lines() const;
};

/// Carries answered requests to the inference log off the hot path: a bounded queue and one writer.
/// A queue that holds `most_waiting` lines is full; one request may bring more, as many as fit into
/// a body. What finds the queue full is counted, dropped and told in the log; a client never waits
/// for the disk.
class RequestLog {
 public:
  RequestLog(std::filesystem::path repository_folder, Metrics& metrics, Progress& progress,
             std::size_t most_waiting = 20'000);
  ~RequestLog();  ///< writes what is left
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  void add(LoggedRequest request);

 private:
  /// Rows by model and version that the log has no line of.
  struct Lost {
    std::int64_t rows = 0;
    Timestamp newest;
  };
  using Losses = std::map<std::pair<std::string, std::int64_t>, Lost>;

  void write_until(const std::stop_token& stop);
  void write(std::span<const LoggedRequest> requests, const Losses& losses);
  void append(std::vector<monitor::InferenceRecord>& records);
  void tell(bool overrun);

  std::filesystem::path folder_;
  Metrics& metrics_;
  Progress& progress_;
  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable_any arrived_;
  std::vector<LoggedRequest> waiting_;
  std::size_t waiting_lines_ = 0;
  Losses losses_;
  bool overrun_ = false;  ///< something found the queue full
  bool failing_ = false;  // the writer's own, here and below
  bool overran_ = false;
  std::jthread writer_;  // last: it uses all the others
};

}  // namespace mlo::serve
