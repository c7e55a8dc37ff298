#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/data/quality.h"
#include "mlo/monitor/inference_log.h"
#include "mlo/monitor/monitor.h"
#include "mlo/workspace/repository.h"

namespace mlo::monitor {

/// What came of requests, as far as it is known.
struct Outcomes {
  std::unordered_map<std::string, std::string> by_request;
  Digest content;  ///< of the files that they are from
};
/// From `labels` (CSV with the columns `id` and the target; a file or a folder of them). Nothing
/// where `mlo.yaml` names none or they are not there.
std::optional<Outcomes> read_outcomes(workspace::Repository& repository,
                                      const workspace::ModelSpec& spec);

/// How right answers were whose outcome has arrived.
struct Quality {
  data::Metrics metrics;
  std::int64_t outcomes = 0;  ///< answers that were judged
  std::string note;           ///< what was left out, and of which metrics
};

/// Answers beside their outcomes, gathered one by one.
class Judgement {
 public:
  explicit Judgement(const workspace::ModelSpec& spec);
  /// Passes over a request that was not answered, and one whose outcome is not known.
  void add(const InferenceRecord& record, const Outcomes& outcomes);
  /// An answer without a score counts for all but the metrics that rank by scores.
  [[nodiscard]] Quality quality() const;

 private:
  void add_number(const InferenceRecord& record, const std::string& outcome);

  data::Predictions predictions_;  ///< a missing score is NaN
  std::int64_t no_numbers_ = 0;    ///< answers of a regression that are none
};

/// What a window's report says of its quality, and by how many and which outcomes.
void add_quality(Json& report, const Quality& quality, const std::optional<Outcomes>& outcomes);
Json to_json(const data::Metrics& metrics);

/// Judges windows that have ended again, by outcomes that have arrived since, and records what it
/// finds as an entry for each: those of the last 90 days, once half as many outcomes again are
/// there (at least as many as a window needs rows), or all of them. Looks at nothing while the
/// outcomes are those that the last entry was judged by.
std::vector<LateQuality> judge_late(workspace::Repository& repository,
                                    const workspace::ModelSpec& spec, const std::string& stage,
                                    const Outcomes& outcomes, const std::string& reason);

}  // namespace mlo::monitor
