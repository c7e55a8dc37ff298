#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/progress.h"
#include "mlo/ledger/records.h"
#include "mlo/run/train.h"
#include "mlo/workspace/repository.h"

// A run done again from what the record of it says, beside what is in the workspace now.

namespace mlo::run {

struct ReproduceOptions {
  std::string run;       ///< id, its beginning, or name
  double tolerance = 0;  ///< of metrics: share of the larger value by which two may differ
  int jobs = 1;
  std::string executor = "local";
};

/// An output or a metric of the run, then and now; null where there is none.
struct ThenAndNow {
  std::string name;
  Json then;
  Json now;
  bool equal = false;
};
/// Something that was not the same this time, and may be why.
struct Cause {
  std::string kind;  ///< code, package, python, host, platform, seed
  std::string name;
  Json then;
  Json now;
};

struct Reproduction {
  enum class Verdict {
    bytes,      ///< every output is equal, byte for byte
    metrics,    ///< outputs differ, every metric is equal within the tolerance
    different,  ///< a metric differs, or there is none to go by
    failed,     ///< a step failed
  };
  ledger::Run run;
  Verdict verdict = Verdict::different;
  std::vector<ledger::RunStep> steps;  ///< as they went this time
  std::vector<ThenAndNow> outputs;
  std::vector<ThenAndNow> metrics;
  std::vector<Cause> causes;
  std::string failed_step;
  std::string log_tail;
  std::filesystem::path kept;  ///< where it was done, when there is something to look at

  [[nodiscard]] bool reproduced() const {
    return verdict == Verdict::bytes || verdict == Verdict::metrics;
  }
};

std::string_view word_of(Reproduction::Verdict verdict);

/// Puts the code (a git worktree at the run's commit, with the changes that were not committed),
/// the inputs and the params of the run into a folder of its own, runs its steps there from
/// nothing, and compares. The workspace and its record stay as they are.
/// Throws not_found when the run, its commit, or the content of an input is not there any more.
Reproduction reproduce(workspace::Repository& repository, const ReproduceOptions& options,
                       Progress& progress, const std::stop_token& stop);

}  // namespace mlo::run
