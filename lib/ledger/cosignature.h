#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/signing.h"
#include "mlo/core/time.h"

// C2SP cosignature/v1: a witness says that it saw a checkpoint go on from all that it saw before.

namespace mlo::ledger {

/// A witness's key, as C2SP writes it: "<name>+<key hash>+<base64(0x04 || Ed25519 public key)>".
struct WitnessKey {
  std::string name;
  PublicKey key;
};
/// Throws bad_input when `text` is none. A log's own key, of type 0x01, is none.
WitnessKey read_witness_key(std::string_view text);
std::string witness_key_text(const WitnessKey& witness);

/// When `witness` says that it saw the checkpoint in `note`; nothing when it did not sign it.
/// Throws integrity when a line in its name does not match.
std::optional<Timestamp> cosigned_at(std::string_view note, const WitnessKey& witness);
/// `note` with a cosignature of `key` under `name`.
std::string cosign(std::string_view note, std::string_view name, const PrivateKey& key,
                   Timestamp time);

}  // namespace mlo::ledger
