#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ledger/signing.h"
#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"

namespace mlo::ledger {

/// What a checkpoint commits to (C2SP tlog-checkpoint).
struct Checkpoint {
  std::string origin;  ///< names the log, and its key
  std::int64_t size = 0;
  Digest root;
  auto operator<=>(const Checkpoint&) const = default;
};

/// Begins a signature line of a note.
inline constexpr std::string_view kSignatureMark = "\u2014 ";
/// A key as notes spell it: its type (C2SP: 0x01 Ed25519, 0x04 cosignature), then its 32 bytes.
Bytes typed_key(std::byte type, const PublicKey& key);
/// SHA-256(name || "\n" || typed key)[:4]
Bytes note_key_hash(std::string_view name, std::byte type, const PublicKey& key);

/// `text` (whole lines) with an Ed25519 signature line (C2SP signed-note).
std::string sign_note(std::string_view text, std::string_view name, const PrivateKey& key);
/// The text of a note when `key` signed it under `name`. Throws integrity otherwise.
std::string open_note(std::string_view note, std::string_view name, const PublicKey& key);

/// The signed note of `checkpoint`, under its origin's name.
std::string write_checkpoint(const Checkpoint& checkpoint, const PrivateKey& key);
/// Throws integrity on a wrong signature, origin or form.
Checkpoint read_checkpoint(std::string_view note, std::string_view origin, const PublicKey& key);

/// The checkpoint of one log that was opened or written last. Where appends follow one another each
/// finds the one before it, and checking its signature anew would take as long as signing twice.
class LastCheckpoint {
 public:
  /// As `read_checkpoint`, which is asked unless `note` is the same, byte for byte.
  const Checkpoint& open(std::string_view note, std::string_view origin, const PublicKey& key);
  void wrote(std::string note, Checkpoint checkpoint);

 private:
  std::string note_;
  Checkpoint checkpoint_;
};

/// A verifier key as C2SP writes it: "<name>+<key hash>+<base64(0x01 || public key)>".
std::string verifier_key(std::string_view name, const PublicKey& key);
/// The key in such a text. Throws integrity on a wrong name, hash or form.
PublicKey read_verifier_key(std::string_view text, std::string_view name);

}  // namespace mlo::ledger
