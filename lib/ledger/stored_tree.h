#pragma once

#include <optional>
#include <string>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"
#include "mlo/core/database.h"

namespace mlo::ledger {

/// One state of the database for several reads, and one lock for all of them.
class ReadSnapshot {
 public:
  explicit ReadSnapshot(Database& database);
  ~ReadSnapshot();
  ReadSnapshot(const ReadSnapshot&) = delete;
  ReadSnapshot& operator=(const ReadSnapshot&) = delete;

 private:
  Database* database_;  ///< null: somebody else's transaction goes on
};

/// The complete subtrees as `database` has them. Throws integrity when one is missing.
HashAt hashes_in(Database& database);
/// The newest checkpoint's note. Throws integrity when there is none.
std::string newest_note(Database& database);

/// How an older checkpoint stands to a newer one of the same database; empty: it is its beginning.
std::string contradiction(Database& database, const Checkpoint& older, const Checkpoint& newest);

/// The part of a C2SP verifier key before its first '+': the name of a log.
std::string name_in_verifier_key(std::string_view text);
/// The size that a checkpoint states, unverified: to know how much to read. Throws bad_input.
std::int64_t size_in_note(std::string_view note);
/// Opens a checkpoint with the key in a C2SP verifier key, under that key's name.
Checkpoint open_checkpoint(std::string_view note, std::string_view verifier_key);

}  // namespace mlo::ledger
