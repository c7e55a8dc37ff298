#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "mlo/core/time.h"
#include "mlo/run/tracking.h"

namespace mlo::run {

/// A run as another tracker kept it.
struct ForeignRun {
  std::string id;  ///< theirs; 32 hexadecimal digits stay what they are
  std::string experiment;
  std::string name;
  std::string user;
  std::string status = "finished";  ///< in our words
  Timestamp started_at;
  Timestamp finished_at;
  bool deleted = false;
  Logged facts = {};
  std::filesystem::path artifacts = {};  ///< folder with its files; empty: none
};
using TakeRun = std::function<void(ForeignRun)>;

/// "1700000000000 0.5 3": time in milliseconds, value, and step where there is one. Throws
/// bad_input.
MetricPoint parse_metric_line(std::string_view line, const std::string& key);
double parse_value(std::string_view text);

/// Each reads one kind of place and hands over its runs, oldest first.
void read_mlruns(const std::filesystem::path& folder, const TakeRun& take);
void read_mlflow_sqlite(const std::filesystem::path& file, const TakeRun& take);
void read_dvc(const std::filesystem::path& folder, const TakeRun& take);

}  // namespace mlo::run
