#include "ledger/policy/keys.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "ledger/records/identity_change.h"
#include "ledger/signing.h"

namespace mlo::ledger {
namespace {

constexpr auto kNewestChange = R"sql(
  SELECT change, key = ?1 FROM identity_change
  WHERE entry = max((SELECT coalesce(max(entry), -1) FROM identity_change WHERE key = ?1),
                    (SELECT coalesce(max(entry), -1) FROM identity_change WHERE successor = ?1))
)sql";
constexpr auto kKnownBeforePolicies = R"sql(
  SELECT 1 FROM identity
  WHERE name = ?1 AND key = ?2 AND entry < (SELECT coalesce(min(entry), identity.entry + 1) FROM policy)
    AND NOT EXISTS (SELECT 1 FROM identity_change WHERE change = 'revoke' AND key = ?2)
)sql";
constexpr auto kSuccessor = R"sql(
  SELECT 1 FROM identity_change WHERE successor = ?2 AND name = ?1
    AND NOT EXISTS (SELECT 1 FROM identity_change WHERE change = 'revoke' AND key = ?2)
)sql";
constexpr auto kVouchers = R"sql(
  SELECT DISTINCT actor FROM identity_change JOIN act USING (entry)
  WHERE change = 'add' AND name = ?1 AND identity_change.key = ?2
    AND entry > (SELECT coalesce(max(entry), -1) FROM identity_change
                 WHERE change = 'revoke' AND key = ?2)
)sql";
constexpr auto kKeysOf = "SELECT key FROM identity WHERE name = ?1 ORDER BY entry";

bool there(Database& views, std::string_view sql, const std::string& name, const Digest& key) {
  return views
      .one(
          sql, [](const Row& row) { return row.get<bool>(0); }, name, key)
      .has_value();
}

bool vouched(Database& views, const Policy& policy, const std::string& name, const Digest& key) {
  if (there(views, kKnownBeforePolicies, name, key) || there(views, kSuccessor, name, key))
    return true;
  const auto actors = views.all(
      kVouchers, [](const Row& row) { return row.get<std::string>(0); }, name, key);
  const auto admins =
      std::ranges::count_if(actors, [&](const auto& actor) { return policy.is_admin(actor); });
  return admins >= policy.admins.count;
}

/// A key replaces only itself: else who holds one key of a team could take over another's name. And
/// what ended does not come back by it.
std::optional<Objection> object_to_rotation(Database& views, const IdentityChange& change,
                                            const Entry& entry) {
  if (change.name != entry.actor || change.key != entry.key)
    return Objection{
        fmt::format("{} cannot replace the key of {}: only that key can", entry.actor, change.name),
        "mlo identity rotate"};
  const auto next = PublicKey::from_pem(change.public_key).id();
  const auto state = key_state(views, std::nullopt, change.name, next);
  if (state == KeyState::in_force) return std::nullopt;
  return Objection{fmt::format("the key {} of {} was {}: it cannot replace another", next.brief(),
                               change.name, text_of(state)),
                   "mlo identity show " + change.name};
}

std::optional<Objection> object_to_revocation(Database& views, const std::optional<Law>& law,
                                              const IdentityChange& change, const Entry& entry) {
  const auto keys = views.all(
      kKeysOf, [](const Row& row) { return row.get<Digest>(0); }, change.name);
  if (std::ranges::find(keys, change.key) == keys.end())
    return Objection{fmt::format("{} has no key {}", change.name, change.key.brief()),
                     "mlo identity list"};
  if (change.since && *change.since > entry.time)
    return Objection{"a key cannot be revoked as of a time to come", "mlo identity revoke --help"};
  if (change.name == entry.actor || (law && law->policy.is_admin(entry.actor))) return std::nullopt;
  return Objection{
      fmt::format("only {} or an administrator may revoke a key of {}", change.name, change.name)};
}

}  // namespace

KeyState key_state(Database& views, const std::optional<Law>& law, const std::string& name,
                   const Digest& key) {
  std::optional<KeyState> ended;
  views.each(kNewestChange, {Bound(key)}, [&](const Row& row) {
    const auto change = row.get<std::string>(0);
    if (change == "revoke") ended = KeyState::revoked;
    // The row of its successor says that a key ends, the same row that the successor begins.
    if (change == "rotate" && row.get<bool>(1)) ended = KeyState::replaced;
  });
  if (ended) return *ended;
  if (law && !vouched(views, law->policy, name, key)) return KeyState::not_vouched;
  return KeyState::in_force;
}

std::string text_of(KeyState state) {
  switch (state) {
    case KeyState::in_force: return "in force";
    case KeyState::replaced: return "replaced";
    case KeyState::revoked: return "revoked";
    case KeyState::not_vouched: break;
  }
  return "not vouched for";
}

std::vector<Digest> keys_in_force(Database& views, const std::optional<Law>& law,
                                  const std::string& name) {
  auto keys = views.all(
      kKeysOf, [](const Row& row) { return row.get<Digest>(0); }, name);
  std::erase_if(keys, [&](const Digest& key) {
    return key_state(views, law, name, key) != KeyState::in_force;
  });
  return keys;
}

std::optional<Objection> object_to_identity(const Records& records, const std::optional<Law>& law,
                                            const Entry& entry) {
  if (entry.predicate_type != kIdentityChangeType) {
    // Without a policy whoever comes is who they say they are; with one, others must say so.
    if (!law) return std::nullopt;
    return Objection{fmt::format("'{}' has a key that no administrator has added", entry.actor),
                     "send it to one: mlo identity export  (then: mlo identity add NAME KEY.pem)"};
  }
  const auto change = read_identity_change(entry);
  switch (change.kind) {
    case IdentityChange::Kind::rotate: return object_to_rotation(records.views, change, entry);
    case IdentityChange::Kind::revoke:
      return object_to_revocation(records.views, law, change, entry);
    case IdentityChange::Kind::add: break;
  }
  if (!law || law->policy.is_admin(entry.actor)) return std::nullopt;
  return Objection{
      fmt::format("{} is no administrator and cannot add {}", entry.actor, change.name)};
}

}  // namespace mlo::ledger
