#include "ledger/records/repository.h"

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:repository:v1";
constexpr auto kInsert = R"sql(
  INSERT INTO repository (entry, id, origin, log_key) VALUES (?1, ?2, ?3, ?4)
)sql";
constexpr auto kSelect = "SELECT id, origin, log_key FROM repository";

void project_repository(Database& database, const Entry& entry) {
  database.run(kInsert, entry.index, entry.predicate.at("id").as_string(),
               entry.predicate.at("origin").as_string(), entry.predicate.at("log_key").as_string());
}

std::string describe(const Entry& entry) {
  return "began the ledger " + entry.predicate.string_or("id", "?");
}

const bool kRegistered = record_kinds().add(kType, {.word = "init",
                                                    .project = project_repository,
                                                    .describe = describe,
                                                    .authority = Authority::own_rules});

}  // namespace

Statement statement_of(const Beginning& beginning, const PublicKey& log_key) {
  return {
      .subjects = {{.name = beginning.origin, .digest = log_key.id()}},
      .predicate_type = kType,
      .predicate = Json::object(
          {{"id", beginning.id}, {"origin", beginning.origin}, {"log_key", beginning.log_key}})};
}

std::optional<Beginning> find_beginning(Database& database) {
  return database.one(kSelect, [](const Row& row) {
    return Beginning{.id = row.get<std::string>(0),
                     .origin = row.get<std::string>(1),
                     .log_key = row.get<std::string>(2)};
  });
}

}  // namespace mlo::ledger
