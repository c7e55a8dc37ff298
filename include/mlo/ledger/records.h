#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/ledger/ledger.h"

// The facts that commands write and read back. Each has a statement form (`statement_of`) and a
// view in SQLite that `Ledger::append` fills from the statement alone.

namespace mlo::ledger {

/// Where a record came from; filled when it is read back.
struct Origin {
  std::int64_t entry = -1;
  Timestamp at;
  std::string actor;
  std::string reason;
};

/// A file by its path in the workspace and its content.
struct Artifact {
  std::string path;
  Digest digest;
};

/// `urn:mlo:dataset-version:v1`
struct DatasetVersion {
  std::string path;
  Digest digest;
  bool folder = false;
  std::uint64_t size_bytes = 0;
  std::int64_t files = 1;
  std::optional<std::int64_t> rows;
  std::optional<std::int64_t> columns;
  std::optional<Digest> profile;  ///< object with the profile as JSON
  std::optional<Digest> schema;   ///< object with the contract file
  std::string source;
  std::string license;
  std::optional<Digest> parent;  ///< the version before, of the same path
  Json imported;  ///< {"url", "time", "etag", "last_modified"} of `track --from`; else null
  std::int64_t number = 0;  ///< 1, 2, … per path; given by the view
  Origin origin;
};

struct RunStep {
  std::string name;
  std::string status;  ///< ran, cached, failed, skipped
  std::string reason;  ///< why it ran: "input 'train.py' changed"
  std::optional<Digest> fingerprint;
  std::int64_t duration_ms = 0;
  std::int64_t cpu_ms = 0;              ///< user and system time of all its processes
  std::uint64_t peak_memory_bytes = 0;  ///< of the largest of them
  int exit_code = 0;
  std::string log;  ///< path of its log in the repository folder
  std::vector<Artifact> outputs;
};

/// `https://slsa.dev/provenance/v1`
struct Run {
  std::string id;  ///< sortable by time: 26 characters, Crockford base32 (ULID)
  std::string name;
  std::string status;  ///< finished, failed, interrupted
  Timestamp started_at;
  Timestamp finished_at;
  std::string trigger;  ///< user, drift, decay, error, search, reproduce
  Json params = Json::object();
  Json metrics = Json::object();  ///< name → number
  Json tags = Json::object();
  Json environment = Json::object();  ///< python, packages digest, host, platform
  std::string git_commit;             ///< empty outside git
  std::string git_branch;
  std::string git_author;
  std::optional<Digest> git_dirty;  ///< object with the uncommitted diff
  std::vector<RunStep> steps;
  std::vector<Artifact> materials;
  std::vector<Artifact> products;
  /// Of a run with a tracking client, else null: {"experiment", "user", "deleted", "metrics": name
  /// → [value, step, at], "spelled": params whose number was spelled otherwise, "inputs": [{"name",
  /// "digest", "object", "tags"}], "models": [{"model", "direction", "step"}]}; all optional.
  Json tracking = {};
  Origin origin;
};

/// `https://in-toto.io/attestation/release/v0.1`
struct ModelVersion {
  std::string model;
  std::int64_t number = 0;  ///< 1, 2, …; given by `append_model`'s caller
  Digest digest;
  std::string path;
  std::uint64_t size_bytes = 0;
  std::string run;                  ///< run id
  Json signature = Json::object();  ///< {"inputs": [{name,type,shape}], "outputs": […]}
  std::vector<Artifact> datasets;
  Json params = Json::object();
  Json metrics = Json::object();
  Json description = Json::object();
  Origin origin;
};

struct Check {
  std::string name;    ///< "roc_auc"
  std::string kind;    ///< data, metrics, slices, fairness, size, latency, scan, against
  std::string target;  ///< "churn@3", "data/train.csv"
  std::string severity = "error";  ///< error, warn
  bool passed = false;
  Json value;
  Json threshold;  ///< ">= 0.8" as text, or null
  std::optional<std::int64_t> failing_rows;
  std::string message;
  std::vector<std::int64_t> sample_lines = {};  ///< of the first failing rows in the target's file
  std::string check = {};  ///< of data: which of those that mlo.yaml asks for, "personal_data"
  std::vector<std::string> found = {};  ///< what stands there: told to who asks, never recorded
};

/// The object of one check wherever checks are written: in entries, reports and `--json`.
Json to_json(const Check& check);

/// `https://in-toto.io/attestation/test-result/v0.1`: one validation of one subject.
struct Evidence {
  Subject subject;     ///< the model version or dataset that was checked
  std::string target;  ///< "churn@3", "data/train.csv"
  bool passed = false;
  std::vector<Check> checks;
  std::vector<Artifact> inputs;  ///< data, contract and policy it was judged by
  std::optional<Digest> report;  ///< object with every check as JSON, also those cut from an entry
  Origin origin;
};

/// `https://slsa.dev/verification_summary/v1`
struct GateDecision {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  bool passed = false;
  std::vector<std::string> reasons;    ///< one line a requirement, with its verdict
  std::vector<std::int64_t> evidence;  ///< entries that it weighed
  Digest policy;                       ///< digest of the policy text it applied
  Origin origin;
};

/// `urn:mlo:promotion:v1`; a rollback is `urn:mlo:rollback:v1` with the same fields.
struct StageMove {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  std::optional<std::int64_t> previous;
  bool rollback = false;
  bool break_glass = false;  ///< past its gate, by permission
  Origin origin;
};

/// `urn:mlo:deployment:v1`
struct Deployment {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  std::string target;  ///< serve, folder
  std::string status;  ///< live, pending, failed
  std::string detail;
  Origin origin;
};

/// `urn:mlo:monitoring-window:v1`
struct MonitorWindow {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
  Timestamp from;
  Timestamp to;
  std::int64_t rows = 0;
  bool drifted = false;
  double drifted_share = 0;
  std::vector<std::string> drifted_columns;
  Json quality = Json::object();
  std::optional<Digest> report;  ///< object with the full report as JSON
  Origin origin;
};

/// `urn:mlo:alert:v1`
struct Alert {
  std::string model;
  Digest digest;
  std::string kind;  ///< drift, decay, error
  std::string message;
  std::vector<std::string> actions;
  Origin origin;
};

Statement statement_of(const DatasetVersion& version);
/// One, or, of a run that one entry cannot hold, the provenance and its parts: appended together.
std::vector<Statement> statements_of(Run run);
Statement statement_of(const ModelVersion& version);
Statement statement_of(const Evidence& evidence);
Statement statement_of(const GateDecision& decision);
Statement statement_of(const StageMove& move);
Statement statement_of(const Deployment& deployment);
Statement statement_of(const MonitorWindow& window);
Statement statement_of(const Alert& alert);

/// Newest first; an empty `path` means every path.
std::vector<DatasetVersion> dataset_versions(Ledger& ledger, std::string_view path = {});
std::optional<DatasetVersion> latest_dataset(Ledger& ledger, std::string_view path);
std::vector<Run> runs(Ledger& ledger, std::int64_t limit = 100);
std::optional<Run> find_run(Ledger& ledger, std::string_view id_prefix);
/// The outputs that a step with this fingerprint once made in a run that went well, if any.
std::optional<std::vector<Artifact>> cached_outputs(Ledger& ledger, const Digest& fingerprint);
/// Without those that were removed.
std::vector<ModelVersion> model_versions(Ledger& ledger, std::string_view model = {});
std::optional<ModelVersion> find_model(Ledger& ledger, std::string_view model, std::int64_t number);
std::optional<ModelVersion> model_at_stage(Ledger& ledger, std::string_view model,
                                           std::string_view stage);
/// Newest first.
std::vector<Evidence> evidence_for(Ledger& ledger, const Digest& subject);
/// Newest first, here and below; an empty `model` means every model, an empty `stage` every stage.
std::vector<GateDecision> gate_decisions(Ledger& ledger, std::string_view model,
                                         std::string_view stage = {});
std::vector<StageMove> stage_moves(Ledger& ledger, std::string_view model,
                                   std::string_view stage = {});
std::vector<Deployment> deployments(Ledger& ledger, std::string_view model);
std::vector<MonitorWindow> monitor_windows(Ledger& ledger, std::string_view model,
                                           std::int64_t limit = 100);
std::vector<Alert> alerts(Ledger& ledger, std::string_view model, std::int64_t limit = 100);

/// One arrow of lineage: `to` was made from, or speaks of, `from`.
struct LineageEdge {
  Digest from;
  Digest to;
  std::string relation;  ///< material, dataset, registered, …
  std::int64_t entry = -1;
};
/// A thing in the graph, for people: kind (dataset, model, run, file, …) and its best name.
struct LineageNode {
  Digest digest;
  std::string kind;
  std::string name;
  std::vector<std::string> facts;  ///< "git 1a2b3c (main)", "run 01J…", "tracked by ana: why"
};
struct Lineage {
  std::vector<LineageNode> nodes;  ///< the asked one first
  std::vector<LineageEdge> edges;
};
enum class Direction { up, down };
/// Everything reachable from `start`; at most `max_nodes` nodes.
Lineage lineage(Ledger& ledger, const Digest& start, Direction direction,
                std::size_t max_nodes = 1000);

}  // namespace mlo::ledger
