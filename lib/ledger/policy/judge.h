#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"
#include "mlo/ledger/policy.h"

namespace mlo::ledger {

/// Why an entry may not be there, and the way out.
struct Objection {
  std::string why;
  std::string hint = "mlo policy show";
  bool for_want = false;  ///< of something that should stand before it
};

/// Where the rules look things up.
struct Records {
  Database& views;    ///< the rows of all entries before the one that is judged
  Database& entries;  ///< the database with their envelopes; often the same
};

/// The policy that an entry is judged by.
struct Law {
  const Policy& policy;
  std::int64_t entry;  ///< that put it in force
};

/// A policy that was read from its signed entry: a judge that finds the same in force need not read
/// it again.
struct KnownPolicy {
  std::int64_t entry = -1;
  Digest leaf;
  std::optional<Policy> policy;
};

/// Judges entries in their order by the policy in force at each: before it is written, and again by
/// whoever verifies the ledger. It knows an entry's past only, never the clock or the actor's
/// files.
class Judge {
 public:
  /// `known` is what judges of the same ledger share; each has its own without it.
  explicit Judge(const Records& records, KnownPolicy* known = nullptr)
      : records_(records), known_(known == nullptr ? own_ : *known) {}
  Judge(const Judge&) = delete;
  Judge& operator=(const Judge&) = delete;
  ~Judge() = default;

  /// Why `entry` may not come next; nothing when it may.
  std::optional<Objection> objection(const Entry& entry);
  /// Throws not_allowed when there is one.
  void require(const Entry& entry);

 private:
  std::optional<Objection> by_kind(const Entry& entry);
  std::optional<Objection> by_permission(const Entry& entry, const Law& law);
  const std::optional<std::string>& key_state(const Entry& entry);
  std::optional<Law> law();
  void read_policy_of(std::int64_t entry);

  Records records_;
  bool law_known_ = false;
  std::int64_t law_entry_ = -1;
  KnownPolicy own_;
  KnownPolicy& known_;
  /// What is wrong with a key under a name, until an identity or the policy changes.
  std::map<std::pair<std::string, Digest>, std::optional<std::string>> keys_;
};

}  // namespace mlo::ledger
