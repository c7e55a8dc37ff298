#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/run/tracking.h"

// The rows of live runs in mlo.db: operational, as the journal's. The ledger's own projection takes
// them away when a run's entry is written.

namespace mlo::run {

/// The largest double stands for infinity, which JSON has none of.
double as_kept(double value);

/// Writes a point, and the newest value of its metric where this is it, row by row.
class PointWriter {
 public:
  PointWriter(Database& database, std::string_view run) : database_(database), run_(run) {}
  /// Adds points; `entry` is of the newest values, nothing while the run is live.
  void add(std::span<const MetricPoint> points);
  /// Makes the newest values of what was added show.
  void show_newest();

 private:
  std::int64_t series(const std::string& key);
  Database& database_;
  std::string_view run_;
  std::map<std::string, std::int64_t> series_;
  std::map<std::string, MetricPoint> newest_;
};

/// Every point of a run: name by name, each by time and step.
void each_point(Database& database, std::string_view run,
                const std::function<void(const MetricPoint&)>& visit);

/// Points as lines of JSON, as `mlo record` writes them; NaN is text there.
std::string points_text(std::span<const MetricPoint> points);

/// True when a param is there with this value; throws bad_input when it has another.
bool param_is_there(Database& database, const TrackedRun& run, const std::string& key,
                    const std::string& value);

/// A run of the columns id, experiment, name, status, started_at, finished_at, user, deleted, live;
/// `add_facts` reads what it has by name.
TrackedRun read_tracked_row(const Row& row);
void add_facts(Database& database, TrackedRun& run);
/// The run without them.
std::optional<TrackedRun> tracked_row(Database& database, std::string_view id);

/// The run as it stands, for its entry: of a live run from its rows, of one that goes on with what
/// it was told to be before.
ledger::Run run_from_rows(workspace::Repository& repository, const TrackedRun& rows);
/// Adds what a tracking client told of a run of `mlo train`: experiment, tags, datasets, models,
/// artifacts, and params and metrics that the run has not from elsewhere.
void add_tracked(workspace::Repository& repository, ledger::Run& run);
/// Stores what its entry names: the points, and appends the entry.
void tell_end(workspace::Repository& repository, const TrackedRun& rows);

}  // namespace mlo::run
