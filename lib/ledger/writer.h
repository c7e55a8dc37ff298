#pragma once

#include <optional>
#include <string>

#include "ledger/checkpoint.h"
#include "ledger/identity.h"
#include "ledger/merkle.h"
#include "ledger/policy/judge.h"
#include "ledger/records/repository.h"
#include "mlo/core/database.h"
#include "mlo/core/world.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

struct Signers {
  const Identity& identity;
  const PrivateKey& log_key;
  LastCheckpoint& last;  ///< that the log key signed
  KnownPolicy& policy;   ///< that was in force last
};

/// Clocks are set back a little by time servers; more than this is a wrong clock.
constexpr std::int64_t kClockSlackMicroseconds = 300'000'000;

/// The ledger's last entry when it lies in the future by more than clocks are set back: its clock
/// was wrong, or `now` is.
struct Ahead {
  std::int64_t entry = -1;
  Timestamp at;
};
std::optional<Ahead> ahead_of(Database& database, Timestamp now);
/// Throws conflict when there is one.
void require_clock(Database& database, Timestamp now);

/// One append: a transaction that writes entries, tree nodes, the checkpoint and the views.
/// Nothing is kept unless `commit` returns.
class Writer {
 public:
  /// Takes the write lock; others wait. Throws integrity when the tree is not what the newest
  /// checkpoint says, as appending would sign whatever was done to it.
  Writer(Database& database, const Beginning& beginning, const Signers& signers,
         const World& world);

  /// Returns the entry; a run that is too large continues in entries after it. Throws not_allowed
  /// when the policy in force forbids it to the actor: no command can forget to ask.
  Entry append(const Statement& statement, const Act& act);
  /// Returns the note of the new checkpoint.
  std::string commit();

 private:
  void introduce_signer(const Act& act);
  Entry write(const Statement& statement, const Act& act);

  Transaction transaction_;
  Database& database_;
  const Beginning& beginning_;
  const Signers signers_;
  const World& world_;
  const std::string host_;
  Timestamp now_;
  bool introduced_ = false;
  bool is_behind_;
  Frontier frontier_;
  Judge judge_;
};

}  // namespace mlo::ledger
