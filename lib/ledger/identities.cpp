#include "mlo/ledger/identities.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ledger/identity.h"
#include "ledger/policy/change.h"
#include "ledger/policy/in_force.h"
#include "ledger/policy/keys.h"
#include "ledger/records/fields.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

constexpr auto kKeys = R"sql(
  SELECT identity.name, identity.key, public_key, identity.entry, at, actor, reason
  FROM identity JOIN act USING (entry) ORDER BY identity.entry
)sql";
constexpr auto kChanges = R"sql(
  SELECT entry, at, actor, reason, CASE WHEN successor = ?1 THEN 'add' ELSE change END, since
  FROM identity_change JOIN act USING (entry)
  WHERE entry > ?2 AND (identity_change.key = ?1 OR successor = ?1) ORDER BY entry
)sql";
constexpr auto kSigned = R"sql(
  SELECT count(*) FROM act WHERE actor = ?1 AND key = ?2 AND entry >= ?3 AND entry < ?4
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

/// Ends the newest time of a key, or begins the next.
void take_in(std::vector<KnownKey>& times, const Row& change) {
  auto& last = times.back();
  const auto what = change.get<std::string>(4);
  if (what == "add") {
    // Another administrator's word for a key that is in force begins nothing.
    if (last.until)
      times.push_back(
          {.key = last.key, .public_key = last.public_key, .from = read_origin(change, 0)});
    return;
  }
  const bool revoked = what == "revoke";
  last.state = text_of(revoked ? KeyState::revoked : KeyState::replaced);
  last.until = read_origin(change, 0);
  if (revoked) last.in_doubt_since = change.get<Timestamp>(5);
}

/// A key may be revoked, and added again later: the times for which it counted.
std::vector<KnownKey> times_of(Database& views, const std::string& name, KnownKey first) {
  std::vector<KnownKey> times{std::move(first)};
  views.each(kChanges, {Bound(times[0].key), Bound(times[0].from.entry)},
             [&](const Row& row) { take_in(times, row); });
  auto end = std::numeric_limits<std::int64_t>::max();
  std::for_each(times.rbegin(), times.rend(), [&](KnownKey& time) {
    const auto signed_then = views.one(
        kSigned, [](const Row& row) { return row.get<std::int64_t>(0); }, name, time.key,
        time.from.entry, end);
    time.entries = signed_then.value();
    end = time.from.entry;
  });
  return times;
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

/// Too few keys of administrators could neither change the policy nor vouch for new ones.
void require_administrators(Ledger& ledger, const std::string& name,
                            const std::vector<Digest>& revoked) {
  const auto in_force = policy_in_force(ledger);
  if (!in_force) return;
  // Who may not revoke it at all is told so by the judge.
  const auto actor = ledger.actor();
  if (actor != name && !in_force->policy.is_admin(actor)) return;
  auto keys = keys_of_administrators(ledger.database(), *law_of(in_force));
  const auto count = static_cast<std::size_t>(in_force->policy.admins.count);
  if (keys.size() < count) return;
  for (const auto& key : revoked) keys.erase(key);
  if (keys.size() >= count) return;
  throw Error(ErrorKind::conflict,
              "nobody could change the policy again: it asks for {}, and {} would be left",
              format_count(static_cast<std::int64_t>(count), "administrator"), keys.size())
      .hint(
          "put one without {0} in force first: mlo policy apply -m WHY; where {0} has the key "
          "still: mlo identity rotate",
          name);
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
                             .from = read_origin(row, 3)});
  });
  std::vector<KnownIdentity> list;
  for (auto& [name, identity] : all) {
    if (in_force) add_duties(in_force->policy, identity);
    std::vector<KnownKey> times;
    for (auto& key : identity.keys) {
      std::ranges::move(times_of(views, name, std::move(key)), std::back_inserter(times));
      auto& last = times.back();
      if (!last.until) last.state = text_of(key_state(views, law_of(in_force), name, last.key));
    }
    std::ranges::stable_sort(times, {}, [](const KnownKey& key) { return key.from.entry; });
    identity.keys = std::move(times);
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
  std::vector<Digest> revoked;
  const auto goes_on = [&](const KnownKey& time) {
    return std::ranges::any_of(known.keys, [&](const KnownKey& other) {
      return other.key == time.key && other.from.entry > time.from.entry;
    });
  };
  for (const auto& one : known.keys) {
    if (goes_on(one)) continue;
    if (!key.empty() && !one.key.hex().starts_with(key) && !one.key.text().starts_with(key))
      continue;
    if (one.state == text_of(KeyState::revoked)) continue;
    revoked.push_back(one.key);
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
  require_administrators(ledger, name, revoked);
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

OwnIdentity own_identity(const World& world) {
  const auto identity = load_identity(world);
  const auto key = identity.key.public_key();
  return {.name = identity.name, .key = key.id(), .public_key = key.pem()};
}

std::string protect_own_key(const World& world, const std::string& passphrase) {
  const auto file = own_key_file(world, "protect it where it is kept");
  const auto identity = load_identity(world);
  // Those that it replaced still sign in other ledgers. All are opened before one is written.
  std::vector<std::pair<fs::path, PrivateKey>> keys{{file, identity.key}};
  for (const auto& former : former_key_files(world))
    keys.emplace_back(former, read_own_key(former, world));
  for (const auto& [place, key] : keys) write_key(place, key, passphrase, world);
  return file.string();
}

}  // namespace mlo::ledger
