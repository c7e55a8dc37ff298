#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"

namespace mlo::ledger {

/// The two kinds of key: people and machines sign entries with ECDSA P-256, the log signs its
/// checkpoints with Ed25519 (what C2SP signed notes ask for).
enum class Algorithm { ecdsa_p256, ed25519 };

/// A key that checks signatures. Safe to use from several threads.
class PublicKey {
 public:
  /// Reads a PEM SubjectPublicKeyInfo. Throws bad_input unless it is one of our two algorithms.
  static PublicKey from_pem(std::string_view pem);
  /// From the 32 raw bytes of RFC 8032. Throws bad_input on another length.
  static PublicKey from_ed25519(BytesView raw);

  [[nodiscard]] Algorithm algorithm() const;
  [[nodiscard]] std::string pem() const;
  /// SHA-256 of the DER SubjectPublicKeyInfo: the key id in our envelopes.
  [[nodiscard]] Digest id() const;
  /// The point that an ECDSA key is, as SEC 1 §2.3.3 encodes it without compression; empty for a
  /// key that came in another form.
  [[nodiscard]] Bytes point() const;
  /// The 32 raw bytes of an Ed25519 key.
  [[nodiscard]] Bytes raw() const;
  /// ECDSA signatures are over SHA-256 and DER encoded (what DSSE users expect).
  [[nodiscard]] bool verify(BytesView message, BytesView signature) const;

 private:
  friend class PrivateKey;
  /// Never carries the private half along.
  static PublicKey half_of(const std::shared_ptr<void>& handle);
  explicit PublicKey(std::shared_ptr<void> handle) : handle_(std::move(handle)) {}
  std::shared_ptr<void> handle_;
};

/// A key that signs.
class PrivateKey {
 public:
  static PrivateKey generate(Algorithm algorithm);
  /// Reads PEM PKCS#8, encrypted when there is a passphrase. Throws bad_input on anything else,
  /// not_allowed on a wrong passphrase.
  static PrivateKey from_pem(std::string_view pem, const std::string& passphrase = {});
  static bool is_encrypted(std::string_view pem);

  /// PEM PKCS#8; under a passphrase encrypted by AES-256-CBC with a key from scrypt.
  [[nodiscard]] std::string pem(const std::string& passphrase = {}) const;
  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Bytes sign(BytesView message) const;

 private:
  explicit PrivateKey(std::shared_ptr<void> handle);
  std::shared_ptr<void> handle_;
  PublicKey public_;
};

}  // namespace mlo::ledger
