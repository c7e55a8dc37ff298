#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/core/path.h"
#include "mlo/core/time.h"

namespace mlo::run {

/// An output of a step by its content.
struct StoredOutput {
  RepoPath path;
  Digest digest;
  bool folder = false;

  bool operator==(const StoredOutput&) const = default;
};

/// A step that was done: what its fingerprint led to.
struct StepResult {
  Digest fingerprint;
  std::string step;
  std::string run;  ///< id of the run that made it
  std::vector<StoredOutput> outputs;
  std::int64_t duration_ms = 0;
  Timestamp finished_at;
};

/// A step that is done whose objects may not be durable yet.
struct PendingResult {
  StepResult result;
  std::string fingerprint_text;
};

/// A run that has begun and has no entry in the ledger yet.
struct LiveRun {
  std::string id;
  std::int64_t process = 0;
  std::string host;
  Timestamp started_at;
  Json facts = Json::object();  ///< name, trigger, reason, params, git: for its entry
};

/// A job of an engine that outlives us, from before it is submitted until its end is dealt with.
struct OpenJob {
  std::string key;  ///< its attempt's
  std::string run;
  std::string step;
  Digest fingerprint;
  std::string executor;
  int attempts = 0;  ///< that its step had begun, this one too
  Timestamp opened_at;
};

/// What runs write down while they go on, so that the next command can go on after a crash:
/// operational tables in mlo.db beside the ledger's. Losing them loses time, never truth.
class Journal {
 public:
  /// Makes the tables where they are missing.
  explicit Journal(Database& database);
  /// Whether there is a live run, without writing anything.
  static bool has_live_runs(Database& database);

  void begin(const LiveRun& live);
  [[nodiscard]] std::vector<LiveRun> live_runs();
  /// The run is in the ledger now. `told` are the fingerprints that a finished run accounts for:
  /// their results leave.
  void close(const std::string& run, std::span<const Digest> told);

  /// Notes that a step is done, durably; no finished run accounts for it yet.
  void add(const StepResult& result);
  /// The same before its objects are durable: outlives the process, perhaps not the machine.
  void add_pending(const PendingResult& pending);
  [[nodiscard]] std::vector<PendingResult> pending();
  /// Notes the pending results of a run as done, durably: their objects are now.
  void accept_pending(const std::string& run);
  void drop_pending(const Digest& fingerprint);
  /// Of a live run: what others made the ledger knows.
  [[nodiscard]] std::optional<StepResult> find(const Digest& fingerprint);
  [[nodiscard]] std::vector<StepResult> results_of(const std::string& run);
  /// Every step that is done and that no finished run accounts for.
  [[nodiscard]] std::vector<StepResult> results();
  /// Fingerprints of steps that are done and that no finished run accounts for.
  [[nodiscard]] std::set<Digest> untold();

  /// Notes jobs before they are submitted, durably; after a crash they are looked for.
  void open_jobs(std::span<const OpenJob> jobs);
  [[nodiscard]] std::vector<OpenJob> jobs();
  void close_job(const std::string& key);

  /// Notes the content that a failed step left where an output was to be.
  void leave_behind(const RepoPath& path, const Digest& digest);
  /// Whether a failed step left just that there; asked once.
  bool take_left_behind(const RepoPath& path, const Digest& digest);

  /// The version that an interpreter told, as long as its file is the same.
  [[nodiscard]] std::optional<std::string> interpreter(const std::string& path,
                                                       std::int64_t modified_ns);
  void remember_interpreter(const std::string& path, std::int64_t modified_ns,
                            const std::string& version);

 private:
  Database& database_;
};

}  // namespace mlo::run
