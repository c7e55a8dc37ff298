#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/ledger/tracking.h"

namespace mlo::ledger {
namespace {

constexpr auto kLoggedType = "urn:mlo:logged-model:v1";
constexpr auto kModelType = "urn:mlo:registered-model:v1";
constexpr auto kNoteType = "urn:mlo:version-note:v1";

constexpr auto kSetLogged = R"sql(
  INSERT OR REPLACE INTO logged_model (id, entry, experiment, name, kind, run, status, message,
                                       created_at, updated_at, params, tags, deleted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
)sql";
constexpr auto kSetModel = R"sql(
  INSERT OR REPLACE INTO registered_model (name, entry, description, created_at, updated_at, tags,
                                           aliases, deleted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
)sql";
constexpr auto kSetNote = R"sql(
  INSERT OR REPLACE INTO version_note (model, number, entry, description, source, link,
                                       logged_model, stage, updated_at, tags, deleted)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
)sql";

constexpr auto kLoggedColumns = R"sql(
  SELECT id, experiment, name, kind, run, status, message, created_at, updated_at, params, tags,
         deleted FROM logged_model
)sql";
constexpr auto kModelColumns = R"sql(
  SELECT name, description, created_at, updated_at, tags, aliases, deleted FROM registered_model
)sql";
constexpr auto kNoteColumns = R"sql(
  SELECT model, number, description, source, link, logged_model, stage, updated_at, tags, deleted
  FROM version_note
)sql";

LoggedModel read_logged(const Row& row) {
  return {.id = row.get<std::string>(0),
          .experiment = row.get<std::int64_t>(1),
          .name = row.get<std::string>(2),
          .kind = row.get<std::string>(3),
          .run = row.get<std::string>(4),
          .status = row.get<std::string>(5),
          .message = row.get<std::string>(6),
          .created_at = row.get<Timestamp>(7),
          .updated_at = row.get<Timestamp>(8),
          .params = Json::parse(row.get<std::string>(9)),
          .tags = Json::parse(row.get<std::string>(10)),
          .deleted = row.get<bool>(11)};
}

RegisteredModel read_model(const Row& row) {
  return {.name = row.get<std::string>(0),
          .description = row.get<std::string>(1),
          .created_at = row.get<Timestamp>(2),
          .updated_at = row.get<Timestamp>(3),
          .tags = Json::parse(row.get<std::string>(4)),
          .aliases = Json::parse(row.get<std::string>(5)),
          .deleted = row.get<bool>(6)};
}

VersionNote read_note(const Row& row) {
  return {.model = row.get<std::string>(0),
          .number = row.get<std::int64_t>(1),
          .description = row.get<std::string>(2),
          .source = row.get<std::string>(3),
          .link = row.get<std::string>(4),
          .logged_model = row.get<std::string>(5),
          .stage = row.get<std::string>(6),
          .updated_at = row.get<Timestamp>(7),
          .tags = Json::parse(row.get<std::string>(8)),
          .deleted = row.get<bool>(9)};
}

Timestamp time_at(const Json& facts, std::string_view key) {
  return Timestamp::parse(facts.at(key).as_string());
}

void project_logged(Database& database, const Entry& entry) {
  const auto& facts = entry.predicate;
  database.run(
      kSetLogged, facts.at("id").as_string(), entry.index, facts.at("experiment").as_integer(),
      facts.at("name").as_string(), facts.at("kind").as_string(), facts.at("run").as_string(),
      facts.at("status").as_string(), facts.at("message").as_string(), time_at(facts, "created_at"),
      time_at(facts, "updated_at"), facts.at("params").canonical(), facts.at("tags").canonical(),
      facts.at("deleted").as_bool());
}

void project_model(Database& database, const Entry& entry) {
  const auto& facts = entry.predicate;
  database.run(kSetModel, facts.at("name").as_string(), entry.index,
               facts.at("description").as_string(), time_at(facts, "created_at"),
               time_at(facts, "updated_at"), facts.at("tags").canonical(),
               facts.at("aliases").canonical(), facts.at("deleted").as_bool());
}

void project_note(Database& database, const Entry& entry) {
  const auto& facts = entry.predicate;
  const auto model = facts.at("model").as_string();
  const auto number = facts.at("number").as_integer();
  require_version(database, model, number);
  database.run(kSetNote, model, number, entry.index, facts.at("description").as_string(),
               facts.at("source").as_string(), facts.at("link").as_string(),
               facts.at("logged_model").as_string(), facts.at("client_stage").as_string(),
               time_at(facts, "updated_at"), facts.at("tags").canonical(),
               facts.at("deleted").as_bool());
}

std::string_view removed(const Entry& entry) {
  return entry.predicate.at("deleted").as_bool() ? ", removed" : "";
}

std::string describe_logged(const Entry& entry) {
  const auto& facts = entry.predicate;
  return fmt::format("logged model '{}' {} {}{}", facts.at("name").as_string(),
                     facts.at("id").as_string().substr(0, 10), facts.at("status").as_string(),
                     removed(entry));
}

std::string describe_model(const Entry& entry) {
  return fmt::format("model '{}' as a whole{}", entry.predicate.at("name").as_string(),
                     removed(entry));
}

std::string describe_note(const Entry& entry) {
  return fmt::format("about {}{}",
                     version_name(entry.predicate.at("model").as_string(),
                                  entry.predicate.at("number").as_integer()),
                     removed(entry));
}

const bool kLoggedRegistered = record_kinds().add(
    kLoggedType, {.word = "model", .project = project_logged, .describe = describe_logged});
const bool kModelRegistered = record_kinds().add(
    kModelType, {.word = "model", .project = project_model, .describe = describe_model});
const bool kNoteRegistered = record_kinds().add(
    kNoteType, {.word = "model", .project = project_note, .describe = describe_note});

Statement about(const std::string& name, std::string_view type, Json predicate) {
  return {.subjects = {{.name = name, .digest = Digest::of("urn:mlo:" + name)}},
          .predicate_type = std::string(type),
          .predicate = std::move(predicate)};
}

}  // namespace

Statement statement_of(const LoggedModel& model) {
  return about("logged-model/" + model.id, kLoggedType,
               Json::object({{"id", model.id},
                             {"experiment", model.experiment},
                             {"name", model.name},
                             {"kind", model.kind},
                             {"run", model.run},
                             {"status", model.status},
                             {"message", model.message},
                             {"created_at", model.created_at.text()},
                             {"updated_at", model.updated_at.text()},
                             {"params", model.params},
                             {"tags", model.tags},
                             {"deleted", model.deleted}}));
}

Statement statement_of(const RegisteredModel& model) {
  return about("model/" + model.name, kModelType,
               Json::object({{"name", model.name},
                             {"description", model.description},
                             {"created_at", model.created_at.text()},
                             {"updated_at", model.updated_at.text()},
                             {"tags", model.tags},
                             {"aliases", model.aliases},
                             {"deleted", model.deleted}}));
}

Statement statement_of(const VersionNote& note) {
  return about("version-note/" + version_name(note.model, note.number), kNoteType,
               Json::object({{"model", note.model},
                             {"number", note.number},
                             {"description", note.description},
                             {"source", note.source},
                             {"link", note.link},
                             {"logged_model", note.logged_model},
                             {"client_stage", note.stage},
                             {"updated_at", note.updated_at.text()},
                             {"tags", note.tags},
                             {"deleted", note.deleted}}));
}

std::optional<LoggedModel> find_logged_model(Ledger& ledger, std::string_view id) {
  return ledger.database().one(std::string(kLoggedColumns) + "WHERE id = ?1", read_logged, id);
}

std::vector<LoggedModel> logged_models(Ledger& ledger) {
  return ledger.database().all(
      std::string(kLoggedColumns) + "WHERE deleted = 0 ORDER BY created_at DESC, id", read_logged);
}

std::optional<RegisteredModel> find_registered_model(Ledger& ledger, std::string_view name) {
  return ledger.database().one(std::string(kModelColumns) + "WHERE name = ?1", read_model, name);
}

std::vector<RegisteredModel> registered_models(Ledger& ledger) {
  return ledger.database().all(std::string(kModelColumns) + "ORDER BY name", read_model);
}

std::optional<VersionNote> find_version_note(Ledger& ledger, std::string_view model,
                                             std::int64_t number) {
  return ledger.database().one(std::string(kNoteColumns) + "WHERE model = ?1 AND number = ?2",
                               read_note, model, number);
}

std::vector<VersionNote> version_notes(Ledger& ledger, std::string_view model) {
  return ledger.database().all(
      std::string(kNoteColumns) + "WHERE ?1 = '' OR model = ?1 ORDER BY model, number", read_note,
      model);
}

}  // namespace mlo::ledger
