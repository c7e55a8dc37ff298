#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/core/world.h"

namespace mlo::monitor {

/// One answered request row.
struct InferenceRecord {
  Timestamp at;
  std::string id;  ///< of the request
  std::string model;
  std::int64_t version = 0;
  double latency_ms = 0;
  Json features = Json::object();  ///< column → value
  Json outputs = Json::object();   ///< label, score, …
  std::string error;               ///< empty when answered
  /// Rows of requests that the log has no lines of; above 0 the record is of no request.
  std::int64_t lost = 0;
};

/// Where requests to one model are kept: `.mlo/inference/<model>/<date>.jsonl`, append only, and
/// beside it a file `<date>-<digest>.jsonl` of each source that was taken in.
std::filesystem::path inference_folder(const std::filesystem::path& repository_folder,
                                       std::string_view model);
/// Appends records with one write; safe beside other writers (O_APPEND, whole lines).
void append_inference(const std::filesystem::path& repository_folder,
                      std::span<const InferenceRecord> records);
/// Records of tables made elsewhere, gathered beside the log and put into it together.
class StagedInference {
 public:
  /// `world` is borrowed and must outlive it.
  StagedInference(const std::filesystem::path& repository_folder, const World& world);
  /// `source` is the place of the records' table among those that are taken in.
  void add(std::size_t source, std::span<const InferenceRecord> records);
  /// Puts all that was added into the log, durably, and returns how many records the log did not
  /// have. A day of a source is a file that its content names: who was killed here may begin again,
  /// and what has times of its own and is taken in twice counts once. `now` is the moment that
  /// records without a time have.
  std::int64_t publish(Timestamp now);

 private:
  std::filesystem::path repository_folder_;
  const World& world_;
  TemporaryFolder folder_;
  std::map<std::filesystem::path, std::int64_t> records_;  ///< by the file that holds them
};
/// Tells of the records with `from` ≤ at < `to`, one by one, day by day and as they were written. A
/// torn last line is left out. Needs memory for one line, however long a day is.
void each_inference(const std::filesystem::path& repository_folder, std::string_view model,
                    Timestamp from, Timestamp to,
                    const std::function<void(const InferenceRecord&)>& use);
/// All of them, oldest first.
std::vector<InferenceRecord> read_inference(const std::filesystem::path& repository_folder,
                                            std::string_view model, Timestamp from, Timestamp to);

}  // namespace mlo::monitor
