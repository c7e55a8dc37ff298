#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/model/registry.h"
#include "mlo/run/search_filter.h"
#include "mlo/run/tracking.h"

namespace mlo::model {
namespace {

constexpr auto kModels = R"sql(
  WITH m AS (
    SELECT name, created_at, updated_at, tags FROM registered_model WHERE deleted = 0
    UNION ALL
    SELECT model, min(at), max(at), '{}' FROM model_version JOIN act USING (entry)
    WHERE model NOT IN (SELECT name FROM registered_model) GROUP BY model)
  SELECT name FROM m WHERE TRUE)sql";

constexpr auto kVersions = R"sql(
  WITH m AS (
    SELECT version.model AS name, version.number AS number, version.run AS run,
           coalesce(note.source, '') AS source, act.at AS created_at,
           coalesce(note.updated_at, act.at) AS updated_at, coalesce(note.tags, '{}') AS tags
    FROM model_version AS version JOIN act USING (entry)
         LEFT JOIN version_note AS note
           ON note.model = version.model AND note.number = version.number
    WHERE coalesce(note.deleted, 0) = 0
      AND version.model NOT IN (SELECT name FROM registered_model WHERE deleted = 1))
  SELECT name, number FROM m WHERE TRUE)sql";

/// SQL of an attribute; times are milliseconds, as clients compare them.
std::string_view attribute(std::string_view group, std::string_view key, bool of_versions) {
  const auto name = group == "attributes" ? key : std::string_view();
  if (name == "name") return "name";
  if (name == "creation_timestamp") return "(created_at / 1000)";
  if (name == "last_updated_timestamp" || name == "timestamp") return "(updated_at / 1000)";
  if (of_versions && name == "run_id") return "run";
  if (of_versions && (name == "source_path" || name == "source")) return "source";
  if (of_versions && (name == "version_number" || name == "version")) return "number";
  throw Error(ErrorKind::bad_input, "invalid attribute '{}': there are {}", printable(key),
              of_versions ? "name, version_number, run_id, source_path, creation_timestamp, "
                            "last_updated_timestamp and tags"
                          : "name, creation_timestamp, last_updated_timestamp and tags");
}

/// Where a word of a question lies.
std::string column(const std::string& group, const std::string& key, bool of_versions,
                   run::BoundSql& sql) {
  if (group != "tags") return std::string(attribute(group, key, of_versions));
  auto value = fmt::format("(SELECT value FROM json_each(tags) WHERE key = {})", sql.bind(key));
  // Clients ask for models that are no prompts, and mean those that nobody called one, too.
  return key == "mlflow.prompt.is_prompt" ? fmt::format("coalesce({}, 'false')", value) : value;
}

bool is_number(std::string_view column) {
  return column.ends_with("/ 1000)") || column == "number";
}

void add_question(run::BoundSql& sql, const RegistryQuestion& question, bool of_versions) {
  for (auto condition : run::parse_filter(question.filter)) {
    const auto place = column(condition.group, condition.key, of_versions, sql);
    if (condition.comparator.starts_with("IS") || condition.is_number != is_number(place))
      throw Error(ErrorKind::bad_input, "invalid filter: '{}' is not compared so",
                  printable(condition.key));
    if (place == "run")
      for (auto& text : condition.texts) text = run::parse_run_id(text).value_or(text);
    sql.text += " AND " + sql.compare(place, condition);
  }
  sql.text += " ORDER BY ";
  for (const auto& text : question.order_by) {
    const auto ordering = run::parse_ordering(text);
    sql.text += column(ordering.group, ordering.key, of_versions, sql);
    sql.text += ordering.descending ? " DESC, " : ", ";
  }
  if (question.order_by.empty() && of_versions) sql.text += "updated_at DESC, ";
  sql.text += of_versions ? "name, number DESC" : "name";
  const auto most = sql.bind(question.most);
  sql.text += fmt::format(" LIMIT {} OFFSET {}", most, sql.bind(question.offset));
}

}  // namespace

std::vector<ledger::RegisteredModel> search_models(workspace::Repository& repository,
                                                   const RegistryQuestion& question) {
  run::BoundSql sql;
  sql.text = kModels;
  add_question(sql, question, false);
  std::vector<std::string> names;
  repository.ledger().database().each(
      sql.text, sql.bound(), [&](const Row& row) { names.push_back(row.get<std::string>(0)); });
  std::vector<ledger::RegisteredModel> models;
  for (const auto& name : names)
    if (auto model = registered_model(repository, name)) models.push_back(std::move(*model));
  return models;
}

std::vector<NotedVersion> search_versions(workspace::Repository& repository,
                                          const RegistryQuestion& question) {
  run::BoundSql sql;
  sql.text = kVersions;
  add_question(sql, question, true);
  std::vector<std::pair<std::string, std::int64_t>> found;
  repository.ledger().database().each(sql.text, sql.bound(), [&](const Row& row) {
    found.emplace_back(row.get<std::string>(0), row.get<std::int64_t>(1));
  });
  std::vector<NotedVersion> versions;
  for (const auto& [name, number] : found)
    if (auto version = find_version(repository, name, number))
      versions.push_back(std::move(*version));
  return versions;
}

}  // namespace mlo::model
