#include "serve/request_log.h"

#include <algorithm>

#include <fmt/format.h>

#include "mlo/core/error.h"

namespace mlo::serve {
namespace {

/// So many lines are made and written at a time: a large request must not cost its size as text.
constexpr std::size_t kLinesAtOnce = 10'000;

Json features_of(const LoggedRequest& request, std::size_t row) {
  Json::Object values;
  values.reserve(request.columns.size());
  for (std::size_t i = 0; i < request.columns.size(); ++i) {
    const auto& [numbers, texts] = request.columns[i];
    values.emplace_back(request.features[i],
                        numbers.empty() ? Json(texts[row]) : Json(numbers[row]));
  }
  return values;
}

Json outputs_of(const LoggedRequest& request, std::size_t row) {
  const auto& said = request.said;
  Json outputs = Json::object();
  if (row < said.labels.size()) outputs.set("prediction", said.labels[row]);
  if (row < said.estimates.size()) outputs.set("prediction", said.estimates[row]);
  if (row < said.scores.size()) outputs.set("score", said.scores[row]);
  return outputs;
}

monitor::InferenceRecord record_of(const LoggedRequest& request, std::size_t row) {
  monitor::InferenceRecord record{.at = request.at,
                                  .id = request.id,
                                  .model = request.model,
                                  .version = request.version,
                                  .latency_ms = request.latency_ms,
                                  .error = request.error};
  if (!request.error.empty()) return record;
  if (request.lines() > 1) record.id = fmt::format("{}-{}", request.id, row);
  record.features = features_of(request, row);
  record.outputs = outputs_of(request, row);
  return record;
}

}  // namespace

std::size_t LoggedRequest::lines() const {
  if (!error.empty()) return 1;
  return columns.empty() ? 0 : columns.front().size();
}

RequestLog::RequestLog(std::filesystem::path repository_folder, Metrics& metrics,
                       Progress& progress, std::size_t most_waiting)
    : folder_(std::move(repository_folder)),
      metrics_(metrics),
      progress_(progress),
      most_waiting_(most_waiting),
      writer_([this](const std::stop_token& stop) { write_until(stop); }) {}

RequestLog::~RequestLog() {
  writer_.request_stop();
  writer_.join();
}

void RequestLog::add(LoggedRequest request) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_lines_ >= most_waiting_) {
      auto& lost = losses_[{request.model, request.version}];
      lost.rows += static_cast<std::int64_t>(request.lines());
      lost.newest = request.at;
      overrun_ = true;
      return metrics_.count_dropped(request.lines());
    }
    waiting_lines_ += request.lines();
    waiting_.push_back(std::move(request));
  }
  arrived_.notify_one();
}

void RequestLog::write_until(const std::stop_token& stop) {
  while (true) {
    std::vector<LoggedRequest> batch;
    Losses losses;
    bool overrun = false;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, stop, [this] { return !waiting_.empty(); });
      batch.swap(waiting_);
      waiting_lines_ = 0;
      losses.swap(losses_);
      overrun = std::exchange(overrun_, false);
    }
    write(batch, losses);
    tell(overrun);
    if (batch.empty() && stop.stop_requested()) return;
  }
}

void RequestLog::write(std::span<const LoggedRequest> requests, const Losses& losses) {
  std::vector<monitor::InferenceRecord> records;
  for (const auto& request : requests)
    for (std::size_t row = 0; row < request.lines(); ++row) {
      records.push_back(record_of(request, row));
      if (records.size() == kLinesAtOnce) append(records);
    }
  for (const auto& [version, lost] : losses)
    records.push_back({.at = lost.newest,
                       .id = {},
                       .model = version.first,
                       .version = version.second,
                       .error = fmt::format("{} rows are not in the log", lost.rows),
                       .lost = lost.rows});
  append(records);
}

/// Writes the records, and forgets them.
void RequestLog::append(std::vector<monitor::InferenceRecord>& records) {
  try {
    monitor::append_inference(folder_, records);
    failing_ = failing_ && records.empty();
  } catch (const std::exception& problem) {
    // Predictions go on without their log; that it failed is counted, said once, and told in the
    // log when that can be written again.
    const std::lock_guard lock(mutex_);
    for (const auto& record : records) {
      auto& lost = losses_[{record.model, record.version}];
      lost.rows += std::max<std::int64_t>(record.lost, 1);
      lost.newest = record.at;
      if (record.lost == 0) metrics_.count_dropped(1);
    }
    if (!failing_)
      progress_.warn(fmt::format("the inference log cannot be written: {}", problem.what()));
    failing_ = true;
  }
  records.clear();
}

/// Once each time that it begins.
void RequestLog::tell(bool overrun) {
  if (overrun && !overran_)
    progress_.warn(
        "requests come faster than the inference log is written: rows are left out, and monitoring "
        "does not see them; /metrics counts them in mlo_inference_log_dropped_total");
  overran_ = overrun;
}

}  // namespace mlo::serve
