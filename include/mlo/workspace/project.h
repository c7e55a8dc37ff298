#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/ledger/policy.h"
#include "mlo/workspace/search_spec.h"

namespace mlo::workspace {

/// ">= 0.80": what a figure must hold.
struct Bound {
  enum class Relation { at_least, at_most, above, below };
  Relation relation = Relation::at_least;
  double limit = 0;
  [[nodiscard]] bool holds(double value) const;  ///< false for NaN
  [[nodiscard]] std::string text() const;        ///< ">= 0.8"
};
using NamedBounds = std::vector<std::pair<std::string, Bound>>;

/// A check of a dataset beyond its contract; `kind` is a name in data::table_checks().
struct DataCheckSpec {
  std::string kind;
  std::vector<std::string> columns;  ///< empty: all that the check can judge
  std::string label;
  std::string against;  ///< another table's path
  std::optional<double> limit;
  std::optional<std::string> severity;    ///< error, warn; absent: the check's own
  std::vector<std::string> sources = {};  ///< of `origins`: those that are known; empty: any
  std::vector<std::string> actors = {};   ///< of `origins`: who may bring rows; empty: anybody
};

struct DataSpec {
  std::string path;
  std::string schema;  ///< empty: `schemas/<stem>.yaml`
  std::string source;
  std::string license;
  std::vector<DataCheckSpec> checks = {};
};

/// What a step may use, for engines to reserve and to hold it to. Zero: nothing was said.
struct ResourceSpec {
  int cpus = 0;
  int gpus = 0;
  std::uint64_t memory_bytes = 0;  ///< resident, of all its processes together
  std::int64_t cpu_seconds = 0;    ///< of all its processes together
  double growth = 1;  ///< memory and CPU time of a further attempt after one that went over them

  bool operator==(const ResourceSpec&) const = default;
};

struct StepSpec {
  std::string name;
  std::string run;  ///< for `shell`
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> metrics;     ///< JSON or YAML files with name → number; outputs too
  std::vector<std::string> plots = {};  ///< tables and pictures for reports; outputs too
  std::vector<std::string> params;      ///< names in `params`; empty: none
  std::map<std::string, std::string> environment = {};
  std::string shell = {};            ///< takes `-c COMMAND`; empty: /bin/sh
  std::string folder = {};           ///< of the workspace, where the command runs; empty: its root
  std::int64_t timeout_seconds = 0;  ///< 0: none
  int retries = 0;                   ///< further attempts after one that failed
  bool frozen = false;               ///< what is there counts: it is never run
  bool always = false;               ///< runs although nothing changed
  ResourceSpec resources = {};
  std::string executor = {};  ///< the kind of engine that computes it; empty: the run's
  std::map<std::string, std::string> values = {};  ///< `${item.…}` of the copy that `matrix` made
  std::string source = "mlo.yaml";                 ///< the file that it is written in
  int line = 0;
  std::string place = {};  ///< "mlo.yaml:7:8", for errors
};

struct FairnessSpec {
  std::vector<std::string> by;
  NamedBounds bounds;  ///< demographic_parity_difference, equalized_odds_difference, …
};

struct ValidateSpec {
  Digest digest;     ///< of the section as canonical JSON: evidence names it
  std::string data;  ///< held-out table the model is judged on
  NamedBounds metrics;
  std::string against;              ///< stage whose model it must not be worse than; empty: none
  std::vector<std::string> slices;  ///< columns
  NamedBounds slice_bounds;         ///< `slice_metrics`: must hold on every slice of ≥ 30 rows
  std::optional<FairnessSpec> fairness;
  std::optional<std::uint64_t> size_bytes;  ///< at most
  NamedBounds latency_ms;                   ///< p50, p95, p99
  int latency_batch = 1;
  bool scan = true;
};

struct PromoteSpec {
  std::string after;                 ///< stage it must hold now
  std::vector<std::string> require;  ///< kinds of evidence
  ledger::ApprovalRule approvals = {};
  std::int64_t max_age_seconds = 0;  ///< of evidence; 0: any age
};

/// "bo may promote:production": what `access` must mean, judged by `mlo policy test`.
struct PolicyTest {
  std::string who;
  std::string wish;
  bool allowed = true;
};
/// `access:` of mlo.yaml. It is a wish until `mlo policy apply` puts it in force.
struct AccessSpec {
  ledger::Policy policy;  ///< without the gates
  std::vector<PolicyTest> tests;
};

struct TargetSpec {
  std::string kind;  ///< serve, folder
  Json options = Json::object();
};

struct MonitorSpec {
  std::string reference;  ///< table of the features at training time
  std::string drift_method = "auto";
  double drift_share = 0.3;  ///< share of drifted columns that counts as drift
  std::string labels;        ///< folder or file with outcomes; empty: none
  NamedBounds quality;
  std::map<std::string, std::vector<std::string>> actions;  ///< drift|decay|error → alert, train
  std::int64_t cooldown_seconds = 3600;                     ///< between retrainings
  std::int64_t every_seconds = 3600;
  std::int64_t min_rows = 30;
};

struct ModelSpec {
  std::string name;
  std::string path;
  std::string from;                   ///< step that makes it
  Json description = Json::object();  ///< task, target, positive, intended_use, owner, …
  std::string task;            ///< binary-classification, multiclass-classification, regression
  std::string target;          ///< label column
  std::string positive = "1";  ///< binary: the class that scores speak of
  std::vector<std::string> features;  ///< input columns in the model's order; empty: every numeric
                                      ///< column of `validate.data` that is not target or group
  ValidateSpec validate;
  std::vector<std::string> stages;
  std::map<std::string, PromoteSpec> promote;
  std::map<std::string, std::vector<TargetSpec>> deliver;
  std::optional<MonitorSpec> monitor;
};

/// `mlo.yaml`: what people write.
struct Project {
  std::string name;
  Json params = Json::object();
  std::vector<DataSpec> data;
  std::vector<StepSpec> steps;      ///< with `params` filled in
  std::vector<StepSpec> templates;  ///< the same as written, for other values of params
  std::vector<SearchSpec> searches;
  std::vector<ModelSpec> models;
  std::map<std::string, Json> executors = {};  ///< kind → its options
  std::optional<AccessSpec> access;
  /// What it was read from, and what would have counted had it been there.
  std::vector<std::string> files = {};

  [[nodiscard]] const ModelSpec* find_model(std::string_view model) const;
  /// Throws not_found naming the models there are.
  [[nodiscard]] const ModelSpec& model(std::string_view model) const;
  [[nodiscard]] const StepSpec* find_step(std::string_view step) const;
  [[nodiscard]] const DataSpec* find_data(std::string_view path) const;
};

/// The value under "seed", or under "model.depth" in a map of maps; null when there is none.
const Json* find_param(const Json& params, std::string_view name);
/// The names find_param() knows: "seed", "model", "model.depth".
std::vector<std::string> param_names(const Json& params);

/// The steps with each `${name}` of a param replaced, in commands, paths and variables; `$${`
/// stands for `${`. In a command a name that is no param is left to the shell; elsewhere it is
/// bad_input. A param that a step names so is one of its `params`.
std::vector<StepSpec> filled_steps(const std::vector<StepSpec>& templates, const Json& params);

/// Parses the text of an `mlo.yaml`. Throws bad_input naming line, key and the nearest known key.
Project parse_project(std::string_view text, std::string source);
/// The same with the files that it includes and takes params from: `read` is asked for the text of
/// a path of the workspace, and answers nothing when there is no such file.
using ReadProjectFile = std::function<std::optional<std::string>(const std::string& path)>;
Project parse_project(std::string_view text, std::string source, const ReadProjectFile& read);
/// Reads `root`/mlo.yaml; a missing file is an empty project named after the folder.
Project read_project(const std::filesystem::path& root);
/// The same, where the file itself names no project and the folder's name does not count.
Project read_project(const std::filesystem::path& root, const std::string& name);

}  // namespace mlo::workspace
