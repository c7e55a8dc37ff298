#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlo/core/database.h"
#include "mlo/core/digest.h"
#include "mlo/core/json.h"
#include "mlo/core/time.h"
#include "mlo/core/world.h"

namespace mlo::ledger {

/// What an entry speaks of.
struct Subject {
  std::string name;
  Digest digest;
};

/// The part of an in-toto Statement v1 that the caller knows; `Ledger::append` adds the rest.
struct Statement {
  std::vector<Subject> subjects;
  std::string predicate_type;
  Json predicate;  ///< an object
};

/// One line of history, as read back from its envelope.
struct Entry {
  std::int64_t index = 0;  ///< from 0: its leaf in the Merkle tree
  Digest leaf;             ///< RFC 6962 leaf hash of the envelope
  Timestamp time;
  std::string actor;    ///< name of the identity that signed
  std::string command;  ///< "promote"
  std::string reason;   ///< -m
  std::string host;
  std::string predicate_type;
  std::vector<Subject> subjects;
  Json predicate;  ///< as signed: with its member `mlo_act`, which the fields above are from
  Digest key;      ///< SHA-256 of the signer's public key (DER SubjectPublicKeyInfo)
  std::string repository;  ///< id of the repository that it was written for
};

/// Who acts, and how: the same for every entry of one process.
struct Act {
  std::string command;
  std::string reason;
};

/// When an append is safe from a power cut; from a killed process it always is at once.
enum class Durability {
  at_once,
  with_the_next,  ///< when something else is appended: for what must not slow anybody down
};

struct Problem {
  std::int64_t entry = -1;  ///< -1: the ledger as a whole
  std::string problem;
};

struct Verification {
  std::int64_t entries = 0;
  Digest root;
  std::vector<Problem> problems;
  [[nodiscard]] bool verified() const { return problems.empty(); }
};

/// The append-only record of everything that changed, in `.mlo/mlo.db`.
///
/// Each entry is a DSSE envelope around an in-toto Statement v1 (canonical JSON, at most 64 KiB),
/// signed with the actor's ECDSA P-256 key, a leaf of a Merkle tree (RFC 6962), committed to by a
/// signed checkpoint (C2SP, Ed25519). Views are written in the same transaction.
class Ledger {
 public:
  /// Makes `folder`/mlo.db and `folder`/keys with a log key, and records the actor's identity.
  static void create(const std::filesystem::path& folder, const World& world);
  /// Opens and migrates; `world` is borrowed and must outlive the ledger. Throws integrity on a
  /// corrupt database, conflict on a newer format.
  Ledger(const std::filesystem::path& folder, const World& world);
  ~Ledger();
  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Signs and appends all statements, and their views, in one durable transaction. An actor whom
  /// the ledger does not know yet is introduced first. Returns one entry a statement.
  /// Throws bad_input for an entry over 64 KiB, conflict when the clock is behind the last entry,
  /// integrity when the ledger no longer is what its checkpoint says.
  /// Throws not_allowed when the policy in force forbids it to the actor.
  std::vector<Entry> append(std::span<const Statement> statements, const Act& act,
                            Durability durability = Durability::at_once);
  Entry append(const Statement& statement, const Act& act);

  /// Entries `from` ≤ index < `to`, oldest first.
  [[nodiscard]] std::vector<Entry> entries(std::int64_t from, std::int64_t to);
  [[nodiscard]] std::optional<Entry> entry(std::int64_t index);
  [[nodiscard]] std::int64_t size();
  /// The envelope of an entry, byte for byte as it was signed and hashed.
  [[nodiscard]] std::optional<std::string> envelope(std::int64_t index);
  /// Checks envelopes, canonical form, signatures and signers, leaves, tree, checkpoints, and that
  /// the views are what the entries say.
  [[nodiscard]] Verification verify();
  /// The newest checkpoint as a C2SP signed note.
  [[nodiscard]] std::string checkpoint();
  /// The log's public key, as C2SP verifiers take it: "<name>+<hash>+<key>".
  [[nodiscard]] std::string verifier_key();

  /// The name under which this process signs.
  [[nodiscard]] std::string actor() const;
  /// Lets the next append read the actor's key again: it was replaced.
  void forget_key();

  /// The connection beneath, for operational tables (file index, live runs) and read-only views.
  [[nodiscard]] Database& database();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The name under which this user signs: MLO_ACTOR, else the key file's, else user@host.
std::string actor_name(const World& world);

}  // namespace mlo::ledger
