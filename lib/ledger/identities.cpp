#include "mlo/ledger/identities.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/identity.h"
#include "ledger/policy/in_force.h"
#include "ledger/policy/keys.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/text.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

constexpr auto kKeys = R"sql(
  SELECT identity.name, identity.key, public_key, identity.entry, at, actor, reason,
         (SELECT count(*) FROM act AS own WHERE own.key = identity.key
                                            AND own.actor = identity.name)
  FROM identity JOIN act USING (entry) ORDER BY identity.entry
)sql";
constexpr auto kEnd = R"sql(
  SELECT entry, at, actor, reason, CASE change WHEN 'revoke' THEN since END
  FROM identity_change JOIN act USING (entry)
  WHERE identity_change.key = ?1 AND change IN ('rotate', 'revoke') ORDER BY entry DESC LIMIT 1
)sql";

// A key that is revoked as of now has signed nothing in doubt, not even in the same instant.
constexpr auto kInDoubt = R"sql(
  SELECT act.entry, act.actor, act.at, min(since)
  FROM identity_change JOIN act AS revocation USING (entry)
       JOIN act ON act.key = identity_change.key
  WHERE change = 'revoke' AND since < revocation.at
    AND act.at >= since AND act.entry < identity_change.entry
  GROUP BY act.entry ORDER BY act.entry
)sql";

/// Columns of an `act`, from `first` on: entry, at, actor, reason.
Origin read_origin(const Row& row, int first) {
  return {.entry = row.get<std::int64_t>(first),
          .at = row.get<Timestamp>(first + 1),
          .actor = row.get<std::string>(first + 2),
          .reason = row.get<std::string>(first + 3)};
}

void add_end(Database& views, KnownKey& key) {
  views.each(kEnd, {Bound(key.key)}, [&](const Row& row) {
    key.until = read_origin(row, 0);
    key.in_doubt_since = row.get<std::optional<Timestamp>>(4);
  });
}

void add_duties(const Policy& policy, KnownIdentity& identity) {
  identity.kind = policy.machines.contains(identity.name) ? "machine"
                  : policy.knows(identity.name)           ? "person"
                                                          : "";
  identity.roles = policy.roles_of(identity.name);
  identity.admin = policy.is_admin(identity.name);
  for (const auto& [title, team] : policy.teams)
    if (std::ranges::find(team.members, identity.name) != team.members.end())
      identity.teams.push_back(title);
}

std::set<std::string> named_in(const Policy& policy) {
  std::set<std::string> names(policy.admins.members.begin(), policy.admins.members.end());
  for (const auto* all : {&policy.people, &policy.machines})
    for (const auto& [name, roles] : *all) names.insert(name);
  for (const auto& [title, team] : policy.teams)
    names.insert(team.members.begin(), team.members.end());
  return names;
}

/// A key that replaces another is written beside it first: a crash before the entry leaves the old
/// one in place, a crash after it is completed by the next `rotate`.
fs::path next_file(const fs::path& file) {
  return file.string() + ".next";
}

void put_in_place(const fs::path& file, std::int64_t entry) {
  fs::rename(file, fmt::format("{}.until-{}", file.string(), entry));
  fs::rename(next_file(file), file);
}

/// The rotation that a crash interrupted after its entry, if there is one.
std::optional<Rotated> complete(Ledger& ledger, const World& world, const std::string& name,
                                const fs::path& file) {
  if (!fs::exists(next_file(file))) return std::nullopt;
  const auto key = read_own_key(next_file(file), world).public_key().id();
  for (const auto& known : identities(ledger)) {
    if (known.name != name) continue;
    const auto there = std::ranges::find(known.keys, key, &KnownKey::key);
    if (there == known.keys.end()) continue;
    const auto before = read_own_key(file, world).public_key().id();
    put_in_place(file, there->from.entry);
    return Rotated{.name = name,
                   .before = before,
                   .key = key,
                   .file = file.string(),
                   .entry = there->from.entry};
  }
  fs::remove(next_file(file));
  return std::nullopt;
}

}  // namespace

std::vector<KnownIdentity> identities(Ledger& ledger) {
  auto& views = ledger.database();
  const auto in_force = policy_in_force(ledger);
  std::map<std::string, KnownIdentity> all;
  if (in_force)
    for (const auto& name : named_in(in_force->policy)) all[name].name = name;
  views.each(kKeys, {}, [&](const Row& row) {
    auto& identity = all[row.get<std::string>(0)];
    identity.name = row.get<std::string>(0);
    identity.keys.push_back({.key = row.get<Digest>(1),
                             .public_key = row.get<std::string>(2),
                             .state = {},
                             .from = read_origin(row, 3),
                             .until = {},
                             .in_doubt_since = {},
                             .entries = row.get<std::int64_t>(7)});
  });
  std::vector<KnownIdentity> list;
  for (auto& [name, identity] : all) {
    if (in_force) add_duties(in_force->policy, identity);
    for (auto& key : identity.keys) {
      const auto state = key_state(views, law_of(in_force), name, key.key);
      key.state = text_of(state);
      if (state == KeyState::replaced || state == KeyState::revoked) add_end(views, key);
    }
    list.push_back(std::move(identity));
  }
  return list;
}

KnownIdentity find_identity(Ledger& ledger, const std::string& name) {
  std::vector<std::string> names;
  for (auto& identity : identities(ledger)) {
    if (identity.name == name) return identity;
    names.push_back(identity.name);
  }
  const auto near = nearest(name, names);
  throw Error(ErrorKind::not_found, "nobody is called '{}' here", printable(name))
      .hint("{}",
            near ? fmt::format("did you mean '{}'?", *near) : std::string("mlo identity list"));
}

Entry add_identity(Ledger& ledger, const std::string& name, const std::string& public_key,
                   const std::string& reason) {
  const auto key = PublicKey::from_pem(public_key);
  if (key.algorithm() != Algorithm::ecdsa_p256)
    throw Error(ErrorKind::bad_input, "the key of '{}' is not ECDSA P-256", name)
        .hint("people and machines sign with ECDSA P-256: mlo identity export");
  return ledger.append(statement_of(IdentityChange{.kind = IdentityChange::Kind::add,
                                                   .name = checked_name(name),
                                                   .key = key.id(),
                                                   .public_key = key.pem()}),
                       {"identity add", reason});
}

std::vector<Entry> revoke_identity(Ledger& ledger, const std::string& name, const std::string& key,
                                   std::optional<Timestamp> since, const std::string& reason) {
  const auto known = find_identity(ledger, name);
  std::vector<Statement> statements;
  for (const auto& one : known.keys) {
    if (!key.empty() && !one.key.hex().starts_with(key) && !one.key.text().starts_with(key))
      continue;
    if (one.state == text_of(KeyState::revoked)) continue;
    statements.push_back(statement_of(IdentityChange{.kind = IdentityChange::Kind::revoke,
                                                     .name = name,
                                                     .key = one.key,
                                                     .public_key = {},
                                                     .since = since}));
  }
  if (statements.empty())
    throw Error(ErrorKind::not_found, "{} has no key {}that could be revoked", name,
                key.empty() ? "" : fmt::format("'{}' ", printable(key)))
        .hint("mlo identity show {}", name);
  return ledger.append(statements, {"identity revoke", reason});
}

std::vector<Doubt> entries_in_doubt(Ledger& ledger) {
  return ledger.database().all(kInDoubt, [](const Row& row) {
    return Doubt{.entry = row.get<std::int64_t>(0),
                 .actor = row.get<std::string>(1),
                 .at = row.get<Timestamp>(2),
                 .since = row.get<Timestamp>(3)};
  });
}

Rotated rotate_identity(Ledger& ledger, const World& world, const std::string& reason) {
  const auto file = key_file(world);
  if (!file)
    throw Error(ErrorKind::usage, "the key in MLO_KEY is kept by somebody else")
        .hint(
            "put a new one there, and let an administrator add it: mlo identity add NAME KEY.pem");
  const auto name = actor_name(world);
  if (auto done = complete(ledger, world, name, *file)) {
    ledger.forget_key();
    return *done;
  }
  const auto identity = load_identity(world);
  const auto before = identity.key.public_key().id();
  const auto fresh = PrivateKey::generate(Algorithm::ecdsa_p256);
  const auto pem = read_file(*file);
  write_key(next_file(*file), fresh, passphrase_for(pem, world), world);
  const auto entry =
      ledger.append(statement_of(IdentityChange{.kind = IdentityChange::Kind::rotate,
                                                .name = name,
                                                .key = before,
                                                .public_key = fresh.public_key().pem()}),
                    {"identity rotate", reason});
  world.before_step("key.rotate");
  put_in_place(*file, entry.index);
  ledger.forget_key();
  return {.name = name,
          .before = before,
          .key = fresh.public_key().id(),
          .file = file->string(),
          .entry = entry.index};
}

OwnIdentity own_identity(const World& world) {
  const auto identity = load_identity(world);
  const auto key = identity.key.public_key();
  return {.name = identity.name, .key = key.id(), .public_key = key.pem()};
}

std::string protect_own_key(const World& world, const std::string& passphrase) {
  const auto file = key_file(world);
  if (!file)
    throw Error(ErrorKind::usage, "the key in MLO_KEY is kept by somebody else")
        .hint("protect it where it is kept");
  const auto identity = load_identity(world);
  write_key(*file, identity.key, passphrase, world);
  return file->string();
}

}  // namespace mlo::ledger
