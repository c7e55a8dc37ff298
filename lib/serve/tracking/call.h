#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/run/tracking.h"
#include "mlo/workspace/repository.h"
#include "serve/http_server.h"

namespace mlo::serve::tracking {

/// Who may call for one step of `mlo train`: its run, and where its points go beside.
struct StepBinding;

/// One request of a client, read: fields of the query or of the JSON body.
class Call {
 public:
  Call(workspace::Repository& where, Json fields, std::string rest_of_path)
      : repository(where), rest(std::move(rest_of_path)), fields_(std::move(fields)) {}

  workspace::Repository& repository;
  std::string rest;             ///< what follows a route that ends in '/'
  StepBinding* step = nullptr;  ///< of a step's token

  /// A field as text; empty when it is not there. Numbers are text too.
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> maybe_text(std::string_view name) const;
  /// Throws bad_input naming the field when it is not there.
  [[nodiscard]] std::string required(std::string_view name) const;
  /// Whole numbers come as numbers or as text. Throws bad_input for anything else.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
  /// The items of a list of objects; none when it is not there.
  [[nodiscard]] std::span<const Json> items(std::string_view name) const;
  [[nodiscard]] const Json& fields() const { return fields_; }

  /// The id of the run that `run_id` or `run_uuid` names. Throws not_found when it cannot be one.
  [[nodiscard]] std::string run() const;
  [[nodiscard]] std::int64_t experiment() const;
  /// max_results, checked, and where a page token says the page begins.
  [[nodiscard]] std::int64_t most(std::int64_t usual, std::int64_t cap) const;
  [[nodiscard]] std::int64_t offset() const;

 private:
  Json fields_;
};

/// What a handler says.
struct Answer {
  Json body = Json::object();
  int status = 200;
  std::shared_ptr<BodySource> source = {};
  std::string content_type = "application/json";
};
/// {"error_code", "message"}, as clients read it.
Answer refuse(int status, std::string_view code, std::string_view message);

struct Route {
  std::string_view method;
  std::string_view path;  ///< below /api/2.0/mlflow/; ending in '/': whatever follows, too
  Answer (*handle)(Call&);
};
std::span<const Route> experiment_routes();
std::span<const Route> run_routes();
std::span<const Route> metric_routes();
std::span<const Route> artifact_routes();
std::span<const Route> logged_model_routes();
std::span<const Route> registry_routes();
std::span<const Route> version_routes();

/// Milliseconds, as clients tell time.
std::int64_t milliseconds(Timestamp at);
Timestamp from_milliseconds(std::int64_t milliseconds);
/// [{"key", "value"}, …] from {"key": "value"}.
Json key_values(const Json& object);
Json key_values(const std::vector<std::pair<std::string, std::string>>& pairs);
/// Tags of a request as {"key": "value"}; throws bad_input for a key or value beyond the limits.
Json tags_of(const Call& call, std::string_view name, std::size_t longest_value);
/// Throws bad_input for an empty key, one over 250 characters, or one with signs that a path
/// could be made of; `what` is "param", "metric" or "tag".
void check_key(std::string_view what, std::string_view key);
void check_length(std::string_view what, std::string_view value, std::size_t longest);
/// "mlflow-artifacts:/3/<run>/artifacts"
std::string artifact_uri(const run::TrackedRun& run);
Json run_json(Call& call, const run::TrackedRun& run);
Json run_info(const run::TrackedRun& run);
Json experiment_json(const ledger::Experiment& experiment);
Json metrics_json(const std::vector<run::MetricPoint>& points);
/// ACTIVE_ONLY, DELETED_ONLY or ALL in that field. Throws bad_input for another word.
run::Shown shown(const Call& call, std::string_view field);
/// Adds a page token when there may be more than `shown`.
void add_token(Json& body, const Call& call, std::int64_t shown, std::int64_t most);

}  // namespace mlo::serve::tracking
