#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "ledger/dsse.h"
#include "mlo/core/database.h"
#include "mlo/ledger/ledger.h"

namespace mlo::ledger {

/// A row of `entry` and what could be read from it.
struct Candidate {
  std::int64_t number = 0;
  Bytes leaf;
  std::string text;
  Digest computed_leaf = {};
  Envelope envelope = {};
  std::optional<Entry> entry = {};
  std::string problem = {};  ///< why there is no entry
  /// Whether the key of the envelope's id signed it; nothing when that key was not known yet.
  std::optional<bool> signature_good = {};
};

enum class Signatures { check, leave };

/// The public keys that entries bring, by their id. Safe to use from several threads.
class KeyRing {
 public:
  KeyRing();
  ~KeyRing();
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;
  /// Takes the key that an identity's entry brings; one that is malformed is not taken.
  void take(const Entry& entry);
  /// Whether `envelope` is signed by the key of its id; nothing when that is not known.
  [[nodiscard]] std::optional<bool> verifies(const Envelope& envelope) const;
  /// The same of each candidate that could be read: into its `signature_good`.
  void check(std::span<Candidate> candidates);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads all rows of `entry` in their order, opens them on `threads` threads, and visits each on
/// the caller's. What is visited does not depend on the number of threads.
void each_candidate(Database& database, int threads, Signatures signatures, KeyRing& keys,
                    const std::function<void(Candidate&)>& visit);

}  // namespace mlo::ledger
