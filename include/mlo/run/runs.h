#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

// Runs as people look for them, compare them and take them elsewhere.

namespace mlo::run {

/// A run as lists show it; `ledger::Run` has its steps and files too.
struct RunSummary {
  std::string id;
  std::string name;
  std::string status;
  Timestamp started_at;
  Timestamp finished_at;
  std::string trigger;
  Json params = Json::object();
  Json metrics = Json::object();
  Json tags = Json::object();
  std::string git_commit;
  std::string git_branch;
  std::string actor;
  std::string reason;
};

/// Which runs, in which order, how many: the parts of a question that are options of their own.
struct RunQuestion {
  std::string text;      ///< "metrics.auc > 0.9 and params.depth = 5 order by metrics.auc limit 10"
  std::string order_by;  ///< beside `text`, when it does not say so itself
  std::optional<std::int64_t> limit;
};

/// The runs that a question means; by their begin, the newest first, where it does not say
/// otherwise.
///
/// A condition compares `metrics.NAME`, `params.NAME`, `tags.NAME`, or one of id, name, status,
/// started_at, finished_at, duration_ms, trigger, git_commit, git_branch, actor, reason with a
/// number, 'text' or a plain word, by = != < <= > >= like, in (…), between … and …, is null; joined
/// by and, or, not and parentheses. A run without the value is not found by any comparison with it.
/// Names with other signs than letters, digits, '_', '.', '/', '@' and '-' are written `metrics."f1
/// score"`. Moments are written '2026-11-23' or '2026-11-23T08:00:00Z', in UTC. Throws bad_input
/// naming the column of the text that cannot be understood.
std::vector<RunSummary> find_runs(workspace::Repository& repository, const RunQuestion& question);

/// How many the text of a question asks for at most. Throws bad_input as `find_runs` does.
std::optional<std::int64_t> limit_in(std::string_view text);

/// RFC 4180 with a header: the facts of every run, then `params.…`, `metrics.…`, `tags.…` as
/// columns; what a run does not have is an empty field.
std::string to_csv(std::span<const RunSummary> runs);
/// The same columns as a Parquet file, with types: numbers, booleans, moments, else text.
std::string to_parquet(std::span<const RunSummary> runs, workspace::Repository& repository);
/// One object of a list as scripts know it: id, name, status, started_at, …, params, metrics, tags.
Json to_json(const RunSummary& run);

/// One fact that runs may differ in.
struct ComparedFact {
  std::string kind;  ///< param, metric, input, output, code, environment
  std::string name;
  std::vector<Json> values;  ///< one a run; null where it has none
  bool differs = false;
};
/// Every fact of at least one of `runs`: params, metrics, inputs and outputs by content, the git
/// commit and uncommitted changes, what it ran on.
std::vector<ComparedFact> compare_runs(std::span<const ledger::Run> runs);

/// A point of a metric that was told while a run went on.
struct CurvePoint {
  std::int64_t step = 0;
  double value = 0;
  Timestamp at;
};
/// How a metric went in several runs.
struct LearningCurve {
  std::string metric;
  std::vector<std::vector<CurvePoint>> points;  ///< one list a run, ascending by step; may be empty
};
/// The metrics that at least one of `runs` told more than once, by name. Points that named no step
/// are counted from 1.
std::vector<LearningCurve> learning_curves(workspace::Repository& repository,
                                           std::span<const ledger::Run> runs);

}  // namespace mlo::run
