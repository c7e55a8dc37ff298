#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "mlo/core/error.h"
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
  std::filesystem::path left_out = {};   ///< such a folder that is there, out of reach
};

/// Where files may be taken from: what somebody's database or link names could be anything on this
/// machine, and is shown to others once it is here.
class Reach {
 public:
  /// All below `place`, and below `named` when that is not empty.
  Reach(const std::filesystem::path& place, const std::filesystem::path& named);
  /// Whether `path` lies there when every link is followed.
  [[nodiscard]] bool holds(const std::filesystem::path& path) const;
  /// Throws bad_input when `path` is there and leads out.
  void check(const std::filesystem::path& path) const;
  /// The further folder that the user named, and whether `path` lies there; it may be empty.
  [[nodiscard]] const std::filesystem::path& named() const { return named_; }
  [[nodiscard]] bool is_named(const std::filesystem::path& path) const;

 private:
  std::filesystem::path place_;
  std::filesystem::path named_;
};

/// What a reader is given: where it may look, and whom it tells of each run, and of each that
/// cannot be read.
struct Intake {
  Reach reach;
  std::function<void(const ForeignRun&)> take;
  std::function<void(const std::string& run, const Error& problem)> leave_out;
};
/// Throws bad_input for what the ledger cannot hold.
void check_texts(const ForeignRun& run);
/// What `read` returns. A run that cannot be read is told to `intake`, and keeps no other out.
std::optional<ForeignRun> try_to_read(const Intake& intake, const std::string& id,
                                      const std::function<ForeignRun()>& read);

/// The run's files, when `folder` is there.
void take_artifacts(const std::filesystem::path& folder, const Reach& reach, ForeignRun& run);
/// Hands over each line of a file with its number from 1; errors of `use` name file and line.
void each_line(const std::filesystem::path& file, std::uint64_t max_bytes,
               const std::function<void(const std::string& line, std::size_t number)>& use);

/// "1700000000000 0.5 3": time in milliseconds, value, and step where there is one. Throws
/// bad_input.
MetricPoint parse_metric_line(std::string_view line, const std::string& key);
double parse_value(std::string_view text);
/// What a step's text says. Throws bad_input for what no step can be.
std::int64_t parse_step(std::string_view text);
/// Milliseconds since 1970, up to the year 9999. Throws bad_input.
Timestamp time_from_milliseconds(std::int64_t milliseconds);
Timestamp time_from_milliseconds(std::string_view text);

/// Each reads one kind of place and hands over its runs, oldest first.
void read_mlruns(const std::filesystem::path& folder, const Intake& intake);
void read_mlflow_sqlite(const std::filesystem::path& file, const Intake& intake);
void read_dvc(const std::filesystem::path& folder, const Intake& intake);

}  // namespace mlo::run
