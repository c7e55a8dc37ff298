#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "ledger/signing.h"

namespace mlo::ledger {

struct SignedDigest {
  Digest message;  ///< SHA-256 of what is signed
  BytesView signature;
};

/// An ECDSA P-256 key made ready to check thousands of signatures: a table of its multiples, some
/// 150 KB that take 20 to 40 ms to make, spares more than half of the work of each check. Safe to
/// use from several threads.
///
/// It judges as `PublicKey::verify` does (FIPS 186-5 §6.4.2); who is told no may ask that.
class PreparedKey {
 public:
  /// Nothing when the key is of another kind, or OpenSSL makes no such tables.
  static std::optional<PreparedKey> of(const PublicKey& key);
  ~PreparedKey();
  PreparedKey(PreparedKey&&) noexcept;
  PreparedKey& operator=(PreparedKey&&) noexcept;
  PreparedKey(const PreparedKey&) = delete;
  PreparedKey& operator=(const PreparedKey&) = delete;

  /// For each of them whether this key signed it. Many at once share the one slow step, a division
  /// (Montgomery, Mathematics of Computation 48 (1987), 243–264, §10.3.1).
  [[nodiscard]] std::vector<bool> verify(std::span<const SignedDigest> batch) const;

 private:
  struct State;
  explicit PreparedKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mlo::ledger
