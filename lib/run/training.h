#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/run/train.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/snapshot.h"
#include "run/fingerprint.h"
#include "run/graph.h"
#include "run/journal.h"
#include "run/recorded.h"

namespace mlo::run {

/// What is to be done about a step.
struct Decision {
  enum class Verdict {
    cached,   ///< its outputs are there as they should be
    restore,  ///< they are known and in the store
    run,
  };
  Verdict verdict = Verdict::run;
  std::string reason;  ///< of restore and run: "input 'fit.py' changed"
  Fingerprint fingerprint;
  std::map<std::string, Digest> inputs;
  std::vector<StoredOutput> outputs;  ///< of cached and restore
  bool frozen = false;                ///< the outputs need not be those of the fingerprint
  bool overruled = false;             ///< `mlo.lock` names other outputs than the ledger
};

/// One selected step on its way through a run.
struct StepProgress {
  const Node* node = nullptr;
  std::size_t open_needs = 0;  ///< selected steps before it that are not settled
  std::string job;             ///< key of its attempt, while it runs
  int attempts = 0;            ///< begun so far
  int lost = 0;                ///< of these, how many an engine lost: they are not the step's doing
  int grown = 0;               ///< how often its limits were raised
  /// Where its params and what it told lie, in files of its name.
  std::filesystem::path scratch;
  Decision decision;
  ledger::RunStep record;
  Json metrics = Json::object();
  Recorded recorded;
};

/// One call of `train`: what its parts share. Used by one thread.
struct Training {
  workspace::Repository& repository;
  const TrainOptions& options;
  const workspace::Project& project;
  Progress& progress;
  std::stop_token stop;
  Journal journal;
  workspace::SnapshotBatch files;  ///< the workspace's, and objects that wait for their sync
  Graph graph;
  Json params = Json::object();
  workspace::LockFile lock;
  std::string run;  ///< its id
  Timestamp started_at;
  /// Of a dry run: content that a restored step would put in place.
  std::map<std::string, Digest> expected = {};

  /// `.mlo/tmp/runs/<id>` and `.mlo/logs/<id>`.
  [[nodiscard]] std::filesystem::path scratch() const {
    return repository.folder() / "tmp" / "runs" / run;
  }
  [[nodiscard]] std::filesystem::path log_of(const std::string& step) const {
    return repository.folder() / "logs" / run / (step + ".log");
  }
  /// `.mlo/jobs/<key>`, of an attempt that may outlive this process.
  [[nodiscard]] std::filesystem::path job_folder(const std::string& key) const {
    return repository.folder() / "jobs" / key;
  }
};

}  // namespace mlo::run
