#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "ledger/signing.h"
#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"
#include "mlo/core/json.h"

namespace mlo::ledger {

constexpr std::string_view kPayloadType = "application/vnd.in-toto+json";
constexpr std::size_t kMaxEntryBytes = 65'535;  ///< C2SP's files of entries hold no longer ones

/// What is signed: "DSSEv1" SP length SP type SP length SP body (DSSE v1, protocol.md).
std::string pre_authentication_encoding(std::string_view type, std::string_view body);

/// A DSSE envelope with one signature, read from its JSON.
struct Envelope {
  std::string payload;
  Digest key;  ///< the signature's keyid
  Bytes signature;
  [[nodiscard]] bool signed_by(const PublicKey& candidate) const;
  /// SHA-256 of what is signed.
  [[nodiscard]] Digest signed_digest() const;
};

/// The envelope of `payload` as canonical JSON; `key` is the id of `signer`'s public key. Throws
/// bad_input when it is larger than an entry may be.
std::string seal(std::string_view payload, const PrivateKey& signer, const Digest& key);
/// Reads what `seal` writes and nothing else: canonical JSON, our payload type, one signature.
/// Throws integrity naming what is wrong.
Envelope open_envelope(std::string_view text);

/// The value of `text`, the `what` of an entry. Throws bad_input when it is malformed, integrity
/// when it is not canonical JSON: one value with two spellings would be two entries.
Json canonical_value(std::string_view text, std::string_view what);

}  // namespace mlo::ledger
