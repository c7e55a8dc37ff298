#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlo/ledger/ledger.h"
#include "mlo/ledger/records.h"

// People and machines with their keys, as the ledger knows them. `Ledger::append` refuses a key
// that was replaced or revoked; what it signed before stays valid for its time.

namespace mlo::ledger {

/// `urn:mlo:identity-change:v1`
struct IdentityChange {
  enum class Kind { add, rotate, revoke };
  Kind kind = Kind::add;
  std::string name;
  Digest key;                           ///< add: that begins; rotate, revoke: that ends
  std::string public_key;               ///< PEM of the key that begins; revoke: empty
  std::optional<Timestamp> since = {};  ///< revoke: from then on its signatures are in doubt
  Origin origin = {};
};
Statement statement_of(const IdentityChange& change);

/// A key of somebody, and for how long it counts: each time of one that was revoked and added again
/// is listed by itself.
struct KnownKey {
  Digest key;
  std::string public_key;  ///< PEM
  std::string state = {};  ///< in force, replaced, revoked, not vouched for
  Origin from = {};        ///< the entry that brought it
  std::optional<Origin> until = {};
  std::optional<Timestamp> in_doubt_since = {};  ///< of a revoked key
  std::int64_t entries = 0;                      ///< that it signed then
};
struct KnownIdentity {
  std::string name;
  std::string kind;  ///< person, machine; empty without a policy
  std::vector<std::string> roles;
  std::vector<std::string> teams;
  bool admin = false;
  std::vector<KnownKey> keys;  ///< oldest first
};
/// Everybody whom the ledger or the policy in force names, by name.
std::vector<KnownIdentity> identities(Ledger& ledger);
/// Throws not_found naming the nearest name.
KnownIdentity find_identity(Ledger& ledger, const std::string& name);

/// Introduces `name` with a public key (PEM). With a policy in force only administrators may.
Entry add_identity(Ledger& ledger, const std::string& name, const std::string& public_key,
                   const std::string& reason);
/// Ends the keys of `name`, or the one that begins with `key`. `since`: when it was no longer safe.
std::vector<Entry> revoke_identity(Ledger& ledger, const std::string& name, const std::string& key,
                                   std::optional<Timestamp> since, const std::string& reason);
/// An entry that a key signed when, as a later revocation says, it was no longer safe. It stays
/// what it is; whether it was its actor who signed it is for people to find out.
struct Doubt {
  std::int64_t entry = -1;
  std::string actor;
  Timestamp at;
  Timestamp since;  ///< when the key was no longer safe
};
/// Oldest first.
std::vector<Doubt> entries_in_doubt(Ledger& ledger);
struct Rotated {
  std::string name;
  Digest before;
  Digest key = {};
  std::string file;              ///< where the new key lies
  std::string former_file = {};  ///< where the one before is kept
  std::int64_t entry = -1;
};
/// Replaces the actor's key by a new one, which the old one introduces; the old file is kept beside
/// it as `<name>.pem.until-<entry>`, for ledgers that know no other. In such a ledger this enters
/// the key in use, and makes none. Throws usage when the key comes from the environment.
Rotated rotate_identity(Ledger& ledger, const World& world, const std::string& reason);
/// The key that signs here because this ledger does not know the one in use, which replaced it in
/// another; nothing when it does.
std::optional<Digest> former_key(Ledger& ledger, const World& world);

/// This user's public key (PEM), made at the first use.
struct OwnIdentity {
  std::string name;
  Digest key;
  std::string public_key;
};
OwnIdentity own_identity(const World& world);
/// Puts the actor's key under a passphrase; an empty one takes it off. Returns its file.
std::string protect_own_key(const World& world, const std::string& passphrase);

}  // namespace mlo::ledger
