#include "serve/request_log.h"

#include <algorithm>
#include <iterator>

#include "mlo/core/error.h"

namespace mlo::serve {
namespace {

constexpr std::size_t kMaxWaiting = 20'000;

}  // namespace

RequestLog::RequestLog(std::filesystem::path repository_folder, Metrics& metrics,
                       Progress& progress)
    : folder_(std::move(repository_folder)),
      metrics_(metrics),
      progress_(progress),
      writer_([this](const std::stop_token& stop) { write_until(stop); }) {}

RequestLog::~RequestLog() {
  writer_.request_stop();
  writer_.join();
}

void RequestLog::add(std::vector<monitor::InferenceRecord> records) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + records.size() > kMaxWaiting)
      return metrics_.count_dropped(records.size());
    std::ranges::move(records, std::back_inserter(waiting_));
  }
  arrived_.notify_one();
}

void RequestLog::write_until(const std::stop_token& stop) {
  while (true) {
    std::vector<monitor::InferenceRecord> batch;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, stop, [this] { return !waiting_.empty(); });
      batch.swap(waiting_);
    }
    if (!batch.empty())
      write(batch);
    else if (stop.stop_requested())
      return;
  }
}

void RequestLog::write(const std::vector<monitor::InferenceRecord>& records) {
  try {
    monitor::append_inference(folder_, records);
    failing_ = false;
  } catch (const Error& error) {
    // Predictions go on without their log; that it failed is counted, and said once.
    metrics_.count_dropped(records.size());
    if (!failing_) progress_.warn("the inference log cannot be written: " + error.message());
    failing_ = true;
  }
}

}  // namespace mlo::serve
