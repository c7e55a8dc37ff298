#include "ledger/identity.h"

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kType = "urn:mlo:identity:v1";
constexpr auto kInsert = R"sql(
  INSERT INTO identity (entry, name, key, public_key) VALUES (?1, ?2, ?3, ?4)
)sql";

void project_identity(Database& database, const Entry& entry) {
  const auto& pem = entry.predicate.at("public_key").as_string();
  const auto key = PublicKey::from_pem(pem).id();
  if (key != only_subject(entry).digest)
    throw Error(ErrorKind::integrity, "the key of '{}' is not the one of its key id",
                entry.predicate.at("name").as_string());
  database.run(kInsert, entry.index, entry.predicate.at("name").as_string(), key, pem);
}

std::string describe(const Entry& entry) {
  const auto& subjects = entry.subjects;
  return fmt::format("introduced {} with key {}", entry.predicate.string_or("name", "?"),
                     subjects.empty() ? "?" : subjects.front().digest.brief());
}

const bool kRegistered = record_kinds().add(kType, {.word = "identity",
                                                    .project = project_identity,
                                                    .describe = describe,
                                                    .authority = Authority::own_rules});

}  // namespace

Statement statement_of(const std::string& name, const PublicKey& key) {
  return {.subjects = {{.name = name, .digest = key.id()}},
          .predicate_type = kType,
          .predicate = Json::object({{"name", name}, {"public_key", key.pem()}})};
}

}  // namespace mlo::ledger
