#include "ledger/dsse.h"

#include <fmt/format.h>

#include "mlo/core/canonical_json.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

Envelope read_envelope(std::string_view text) {
  const auto json = canonical_value(text, "envelope");
  if (json.size() != 3 || json.at("payloadType").as_string() != kPayloadType)
    throw Error(ErrorKind::integrity, "the envelope is not one of payload type '{}'", kPayloadType);
  const auto& signatures = json.at("signatures").as_array();
  if (signatures.size() != 1)
    throw Error(ErrorKind::integrity, "the envelope has {} signatures instead of one",
                signatures.size());
  return {.payload = std::string(text_of(from_base64(json.at("payload").as_string()))),
          .key = Digest::parse(signatures[0].at("keyid").as_string()),
          .signature = from_base64(signatures[0].at("sig").as_string())};
}

}  // namespace

std::string pre_authentication_encoding(std::string_view type, std::string_view body) {
  return fmt::format("DSSEv1 {} {} {} {}", type.size(), type, body.size(), body);
}

bool Envelope::signed_by(const PublicKey& candidate) const {
  return candidate.verify(bytes_of(pre_authentication_encoding(kPayloadType, payload)), signature);
}

Digest Envelope::signed_digest() const {
  return Digest::of(pre_authentication_encoding(kPayloadType, payload));
}

std::string seal(std::string_view payload, const PrivateKey& signer, const Digest& key) {
  const auto signature = signer.sign(bytes_of(pre_authentication_encoding(kPayloadType, payload)));
  auto envelope =
      Json::object(
          {{"payload", to_base64(bytes_of(payload))},
           {"payloadType", kPayloadType},
           {"signatures",
            Json::array({Json::object({{"keyid", key.text()}, {"sig", to_base64(signature)}})})}})
          .canonical();
  if (envelope.size() > kMaxEntryBytes)
    throw Error(ErrorKind::bad_input, "a ledger entry of {} bytes is larger than {} bytes",
                format_count(static_cast<std::int64_t>(envelope.size())),
                format_count(kMaxEntryBytes));
  return envelope;
}

Envelope open_envelope(std::string_view text) {
  if (text.size() > kMaxEntryBytes)
    throw Error(ErrorKind::integrity, "the entry has {} bytes, more than {}",
                format_count(static_cast<std::int64_t>(text.size())), format_count(kMaxEntryBytes));
  try {
    return read_envelope(text);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) throw;
    throw Error(ErrorKind::integrity, "malformed envelope: {}", error.message());
  }
}

Json canonical_value(std::string_view text, std::string_view what) {
  if (auto value = parse_canonical(text)) return std::move(*value);
  // A malformed text says where; what is left is another spelling of a value.
  static_cast<void>(Json::parse(text).canonical());
  throw Error(ErrorKind::integrity, "the {} is not canonical JSON", what);
}

}  // namespace mlo::ledger
