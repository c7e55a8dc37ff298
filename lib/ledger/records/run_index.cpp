#include "ledger/records/run_index.h"

#include <array>

#include <fmt/format.h>

#include "mlo/ledger/tracking.h"

namespace mlo::ledger {
namespace {

constexpr auto kParams = R"sql(
  INSERT INTO run_param (run, key, value, entry)
  SELECT ?1, key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null'
                  ELSE CAST(value AS TEXT) END, ?3
  FROM json_each(?2) WHERE TRUE
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, entry = excluded.entry
)sql";

constexpr auto kSpelled = R"sql(
  UPDATE run_param SET value = ?3 WHERE run = ?1 AND key = ?2
)sql";

constexpr auto kTags = R"sql(
  INSERT INTO run_tag (run, key, value, entry)
  SELECT ?1, key, CASE type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
                  ELSE CAST(value AS TEXT) END, ?3
  FROM json_each(?2) WHERE type <> 'null'
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, entry = excluded.entry
)sql";

constexpr auto kTagsTakenAway = R"sql(
  DELETE FROM run_tag WHERE run = ?1
    AND key IN (SELECT key FROM json_each(?2) WHERE type = 'null')
)sql";

constexpr auto kMetrics = R"sql(
  INSERT INTO run_metric (run, key, value, not_a_number, step, at, entry)
  SELECT ?1, key, CAST(value AS REAL), 0, 0, (SELECT finished_at FROM run WHERE id = ?1), ?3
  FROM json_each(?2) WHERE type IN ('integer', 'real')
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, not_a_number = 0, step = 0,
    at = excluded.at, entry = excluded.entry
)sql";

constexpr auto kMetric = R"sql(
  INSERT INTO run_metric (run, key, value, not_a_number, step, at, entry)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
  ON CONFLICT (run, key) DO UPDATE SET value = excluded.value, not_a_number = excluded.not_a_number,
    step = excluded.step, at = excluded.at, entry = excluded.entry
)sql";

constexpr auto kInput = R"sql(
  INSERT OR REPLACE INTO run_input (run, name, digest, object, context, tags, entry)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
)sql";

constexpr auto kModel = R"sql(
  INSERT OR REPLACE INTO run_model (run, model, direction, step, entry) VALUES (?1, ?2, ?3, ?4, ?5)
)sql";

constexpr auto kArtifact = R"sql(
  INSERT OR REPLACE INTO artifact (owner, path, digest, entry) VALUES (?1, ?2, ?3, ?4)
)sql";

constexpr auto kColumns = "SELECT params, metrics, tags FROM run WHERE id = ?1";
constexpr auto kSetColumns = R"sql(
  UPDATE run SET params = ?2, metrics = ?3, tags = ?4 WHERE id = ?1
)sql";

constexpr std::array<std::string_view, 6> kForget{
    "DELETE FROM run_param WHERE run = ?1",  "DELETE FROM run_tag WHERE run = ?1",
    "DELETE FROM run_metric WHERE run = ?1", "DELETE FROM run_input WHERE run = ?1",
    "DELETE FROM run_model WHERE run = ?1",  "DELETE FROM artifact WHERE owner = ?1"};

void index_tracking(Database& database, const Entry& entry, const std::string& run,
                    const Json& tracking) {
  if (const auto* spelled = tracking.find("spelled"))
    for (const auto& [key, text] : spelled->as_object())
      database.run(kSpelled, run, key, text.as_string());
  if (const auto* metrics = tracking.find("metrics"))
    for (const auto& [key, json] : metrics->as_object()) {
      const auto fact = metric_fact(json);
      const bool missing = fact.value != fact.value;
      database.run(kMetric, run, key, missing ? 0.0 : fact.value, missing, fact.step, fact.at,
                   entry.index);
    }
  if (const auto* inputs = tracking.find("inputs"))
    for (const auto& input : inputs->as_array()) {
      const auto& tags = input.at("tags");
      const auto context = tags.string_or("mlflow.data.context", "");
      database.run(kInput, run, input.at("name").as_string(), input.at("digest").as_string(),
                   Digest::parse(input.at("object").as_string()), context, tags.canonical(),
                   entry.index);
    }
  if (const auto* models = tracking.find("models"))
    for (const auto& model : models->as_array())
      database.run(kModel, run, model.at("model").as_string(), model.at("direction").as_string(),
                   integer_of_fact(model.at("step")), entry.index);
}

Json merged(const std::string& column, const Json& more) {
  auto all = Json::parse(column);
  for (const auto& [key, value] : more.as_object()) {
    if (!value.is_null()) {
      all.set(key, value);
      continue;
    }
    Json kept = Json::object();
    for (const auto& [name, present] : all.as_object())
      if (name != key) kept.append(name, present);
    all = std::move(kept);
  }
  return all;
}

}  // namespace

void index_run_facts(Database& database, const Entry& entry, const std::string& run,
                     const RunFacts& facts) {
  database.run(kParams, run, facts.params.canonical(), entry.index);
  const auto tags = facts.tags.canonical();
  database.run(kTagsTakenAway, run, tags);
  database.run(kTags, run, tags, entry.index);
  database.run(kMetrics, run, facts.metrics.canonical(), entry.index);
  if (!facts.tracking.is_null()) index_tracking(database, entry, run, facts.tracking);
}

void merge_run_facts(Database& database, const std::string& run, const RunFacts& facts) {
  struct Columns {
    std::string params;
    std::string metrics;
    std::string tags;
  };
  const auto columns = database.one(
      kColumns,
      [](const Row& row) {
        return Columns{row.get<std::string>(0), row.get<std::string>(1), row.get<std::string>(2)};
      },
      run);
  if (!columns) return;
  database.run(kSetColumns, run, merged(columns->params, facts.params).canonical(),
               merged(columns->metrics, facts.metrics).canonical(),
               merged(columns->tags, facts.tags).canonical());
}

void index_artifact(Database& database, const Entry& entry, const std::string& owner,
                    const Artifact& file) {
  database.run(kArtifact, owner, file.path, file.digest, entry.index);
}

void forget_run_facts(Database& database, const std::string& run) {
  for (const auto sql : kForget) database.run(sql, run);
}

}  // namespace mlo::ledger
