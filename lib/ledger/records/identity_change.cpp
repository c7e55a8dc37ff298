#include "ledger/records/identity_change.h"

#include <fmt/format.h>

#include "ledger/record_kind.h"
#include "ledger/records/fields.h"
#include "ledger/signing.h"
#include "mlo/core/error.h"

namespace mlo::ledger {
namespace {

constexpr auto kInsert = R"sql(
  INSERT INTO identity_change (entry, change, name, key, successor, since)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6)
)sql";
// A key that was added again under its name is in force again; it has its row already.
constexpr auto kBegin = R"sql(
  INSERT INTO identity (entry, name, key, public_key) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (name, key) DO NOTHING
)sql";

std::string_view word_of(IdentityChange::Kind kind) {
  switch (kind) {
    case IdentityChange::Kind::add: return "add";
    case IdentityChange::Kind::rotate: return "rotate";
    case IdentityChange::Kind::revoke: break;
  }
  return "revoke";
}

IdentityChange::Kind kind_of(const std::string& word) {
  if (word == "add") return IdentityChange::Kind::add;
  if (word == "rotate") return IdentityChange::Kind::rotate;
  if (word == "revoke") return IdentityChange::Kind::revoke;
  throw Error(ErrorKind::integrity, "an identity cannot '{}'", word);
}

void project_change(Database& database, const Entry& entry) {
  const auto change = read_identity_change(entry);
  std::optional<Digest> begins;
  if (!change.public_key.empty()) begins = PublicKey::from_pem(change.public_key).id();
  if (change.kind == IdentityChange::Kind::add && begins != change.key)
    throw Error(ErrorKind::integrity, "the key of '{}' is not the one of its key id", change.name);
  const bool rotates = change.kind == IdentityChange::Kind::rotate;
  if (rotates && !begins)
    throw Error(ErrorKind::integrity, "the key of '{}' is replaced by none", change.name);
  database.run(kInsert, entry.index, word_of(change.kind), change.name, change.key,
               rotates ? begins : std::nullopt, change.since.value_or(entry.time));
  if (begins) database.run(kBegin, entry.index, change.name, *begins, change.public_key);
}

std::string describe(const Entry& entry) {
  const auto change = read_identity_change(entry);
  switch (change.kind) {
    case IdentityChange::Kind::add:
      return fmt::format("added {} with key {}", change.name, change.key.brief());
    case IdentityChange::Kind::rotate:
      return fmt::format("replaced the key {} of {}", change.key.brief(), change.name);
    case IdentityChange::Kind::revoke: break;
  }
  return fmt::format("revoked the key {} of {}{}", change.key.brief(), change.name,
                     change.since ? " as of " + change.since->brief() : "");
}

const bool kRegistered =
    record_kinds().add(std::string(kIdentityChangeType), {.word = "identity",
                                                          .project = project_change,
                                                          .describe = describe,
                                                          .authority = Authority::own_rules});

}  // namespace

IdentityChange read_identity_change(const Entry& entry) {
  const auto& facts = entry.predicate;
  IdentityChange change{.kind = kind_of(facts.at("change").as_string()),
                        .name = facts.at("name").as_string(),
                        .key = only_subject(entry).digest,
                        .public_key = facts.string_or("public_key", ""),
                        .origin = origin_of(entry)};
  if (const auto* since = facts.find("since")) change.since = Timestamp::parse(since->as_string());
  return change;
}

Statement statement_of(const IdentityChange& change) {
  Json facts = Json::object({{"change", word_of(change.kind)}, {"name", change.name}});
  if (!change.public_key.empty()) facts.set("public_key", change.public_key);
  if (change.since) facts.set("since", change.since->text());
  return {.subjects = {{.name = change.name, .digest = change.key}},
          .predicate_type = std::string(kIdentityChangeType),
          .predicate = std::move(facts)};
}

}  // namespace mlo::ledger
