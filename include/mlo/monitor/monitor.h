#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/data/drift.h"
#include "mlo/data/quality.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::monitor {

struct MonitorOptions {
  std::string model;  ///< empty: every model with a `monitor` section
  std::string stage = "production";
  bool act = true;  ///< carry out the actions of mlo.yaml (alert, train)
  std::string reason;
};

/// Something that was noticed in a window.
struct Noticed {
  std::string kind;  ///< drift, decay, error
  std::string message;
};

/// A window that was judged again when more outcomes had arrived.
struct LateQuality {
  ledger::MonitorWindow window;
  std::int64_t outcomes = 0;  ///< of its answers
  data::Metrics quality;
};

struct Watched {
  ledger::MonitorWindow window;
  std::optional<data::DriftReport> drift;  ///< nothing: too few rows
  data::Metrics quality;                   ///< on rows whose outcome has arrived
  std::vector<LateQuality> late;           ///< windows that ended before
  std::vector<Noticed> noticed;            ///< whatever mlo.yaml does about it
  std::vector<ledger::Alert> alerts;
  std::string retrained_run;                      ///< id of the run that was started; empty: none
  std::vector<ledger::ModelVersion> challengers;  ///< registered by that run, validated
  std::vector<std::int64_t> failed;  ///< numbers of those that their validation did not pass
  std::string note;                  ///< why nothing was judged or retrained
  std::int64_t rows_not_logged = 0;  ///< of requests that were answered and that nothing judges
};

/// Compares the requests since the last window with the reference, and outcomes that have arrived
/// with the predictions, also those of windows that ended before; records the window, raises alerts
/// and retrains as `mlo.yaml` says.
/// A retrained version is validated, never promoted by itself. Where several models are watched,
/// what keeps one from it is noticed of that one; of a single one it is thrown.
std::vector<Watched> monitor(workspace::Repository& repository, const MonitorOptions& options,
                             Progress& progress, const std::stop_token& stop);

/// Adds predictions made elsewhere (CSV, JSON lines, Parquet) to the model's inference log: columns
/// named like features, `prediction`, `score`, `timestamp` (seconds since 1970), `id`. All rows of
/// all files, or none of them. Returns the number of rows that were not there yet; warns of the
/// others, and of those that are too late for any window to judge.
std::int64_t ingest(workspace::Repository& repository, const std::string& model,
                    const std::vector<std::filesystem::path>& files, Progress& progress);

}  // namespace mlo::monitor
