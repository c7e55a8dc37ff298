#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/ledger/records.h"

// Facts of tracking that change after they were told: each change is an entry of its own. Records
// of experiments, logged and registered models say the whole new state, so that the newest one
// counts.

namespace mlo::ledger {

/// `urn:mlo:experiment:v1`. Number 0, "Default", is there without an act.
struct Experiment {
  std::int64_t number = 0;
  std::string name;
  bool deleted = false;
  Timestamp created_at;
  Timestamp updated_at;
  Json tags = Json::object();  ///< name → text
};

/// `urn:mlo:run-edit:v1`: what becomes of a run that has ended. Only what changes is there.
struct RunEdit {
  std::string run;
  std::optional<std::string> name = {};
  std::optional<std::string> status = {};  ///< as in Run
  std::optional<Timestamp> finished_at = {};
  std::optional<bool> deleted = {};   ///< hidden until `mlo gc`, or shown again
  Json params = Json::object();       ///< added
  Json spelled = Json::object();      ///< params whose number was spelled otherwise
  Json tags = Json::object();         ///< set; null: taken away
  Json metrics = Json::object();      ///< name → MetricFact as JSON
  std::optional<Digest> points = {};  ///< object with the points behind `metrics`
  Json inputs = Json::array();        ///< as in Run::tracking
  Json models = Json::array();
};

/// `urn:mlo:run-resumption:v1`: the run goes on. Its rows become those of a live run.
struct RunResumption {
  std::string run;
};

/// `urn:mlo:artifacts:v1`: files that came to a run after its end, or to a logged model.
struct ArtifactUpload {
  std::string owner;
  std::vector<Artifact> files;
};

/// `urn:mlo:logged-model:v1`
struct LoggedModel {
  std::string id;
  std::int64_t experiment = 0;
  std::string name;
  std::string kind;
  std::string run;
  std::string status;  ///< pending, ready, failed
  std::string message;
  Timestamp created_at;
  Timestamp updated_at;
  Json params = Json::object();
  Json tags = Json::object();
  bool deleted = false;
};

/// `urn:mlo:registered-model:v1`
struct RegisteredModel {
  std::string name;
  std::string description;
  Timestamp created_at;
  Timestamp updated_at;
  Json tags = Json::object();
  Json aliases = Json::object();  ///< alias → number
  bool deleted = false;
};

/// `urn:mlo:version-note:v1`: what is said of a model version beside its release.
struct VersionNote {
  std::string model;
  std::int64_t number = 0;
  std::string description;
  std::string source;
  std::string link;
  std::string logged_model;
  std::string stage = "None";  ///< None, Staging, Production, Archived
  Timestamp updated_at;
  Json tags = Json::object();
  bool deleted = false;
};

/// `urn:mlo:stage-left:v1`: nobody holds the stage that the version held.
struct StageLeft {
  std::string model;
  std::int64_t number = 0;
  Digest digest;
  std::string stage;
};

/// The newest value of a metric as `Run::tracking` and `RunEdit` hold it: [value, step, at], the
/// value "NaN" where it is none, step as `integer_fact` writes it, `at` in microseconds.
struct MetricFact {
  double value = 0;  ///< may be NaN
  std::int64_t step = 0;
  Timestamp at;
};
Json to_json(const MetricFact& fact);
MetricFact metric_fact(const Json& json);
/// A whole number as entries hold it: text beyond 2^53, where canonical JSON has no such numbers,
/// as of a step in nanoseconds; and back.
Json integer_fact(std::int64_t number);
std::int64_t integer_of_fact(const Json& json);

Statement statement_of(const Experiment& experiment);
Statement statement_of(const RunEdit& edit);
Statement statement_of(const RunResumption& resumption);
/// As many as it takes: one entry holds some 300 files.
std::vector<Statement> statements_of(const ArtifactUpload& upload);
Statement statement_of(const LoggedModel& model);
Statement statement_of(const RegisteredModel& model);
Statement statement_of(const VersionNote& note);
Statement statement_of(const StageLeft& left);

/// By number. `deleted` ones too.
std::vector<Experiment> experiments(Ledger& ledger);
std::optional<Experiment> find_experiment(Ledger& ledger, std::int64_t number);
std::optional<Experiment> find_experiment(Ledger& ledger, std::string_view name);
std::optional<LoggedModel> find_logged_model(Ledger& ledger, std::string_view id);
/// Newest first, without deleted ones.
std::vector<LoggedModel> logged_models(Ledger& ledger);
std::optional<RegisteredModel> find_registered_model(Ledger& ledger, std::string_view name);
/// By name; deleted ones too.
std::vector<RegisteredModel> registered_models(Ledger& ledger);
std::optional<VersionNote> find_version_note(Ledger& ledger, std::string_view model,
                                             std::int64_t number);
/// Of one model, or of all when `model` is empty; deleted ones too.
std::vector<VersionNote> version_notes(Ledger& ledger, std::string_view model = {});

/// The stages that the version holds, the newest first.
std::vector<std::string> stages_of(Ledger& ledger, std::string_view model, std::int64_t number);

/// The objects with points that came to a run after its end, oldest first.
std::vector<Digest> late_points(Ledger& ledger, std::string_view run);
/// The run as the entry `number` told it, also when it has gone on since.
Run run_told_by(Ledger& ledger, std::int64_t number);

}  // namespace mlo::ledger
