#include "ledger/cosignature.h"

#include <algorithm>

#include <fmt/format.h>

#include "ledger/checkpoint.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr std::byte kCosignatureType{4};
constexpr std::size_t kHashBytes = 4;
constexpr std::size_t kTimeBytes = 8;

/// The note's text, with the line feed that ends it.
std::string_view body_of(std::string_view note) {
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos)
    throw Error(ErrorKind::integrity, "the note has no signature");
  return note.substr(0, blank + 1);
}

std::string message_of(std::string_view note, std::int64_t seconds) {
  return fmt::format("cosignature/v1\ntime {}\n{}", seconds, body_of(note));
}

}  // namespace

WitnessKey read_witness_key(std::string_view text) {
  const auto parts = split(trim(text), '+');
  if (parts.size() < 3 || parts[0].empty())
    throw Error(ErrorKind::bad_input, "'{}' is no key of a witness", printable(text.substr(0, 100)))
        .hint("it reads NAME+HASH+KEY");
  // Base64 has '+' among its letters.
  const auto encoded = trim(text).substr(parts[0].size() + parts[1].size() + 2);
  const auto bytes = from_base64(encoded);
  if (bytes.empty() || bytes[0] != kCosignatureType)
    throw Error(ErrorKind::bad_input, "the key of '{}' is not one for cosignatures (type 0x04)",
                parts[0]);
  WitnessKey witness{.name = parts[0], .key = PublicKey::from_ed25519(BytesView(bytes).subspan(1))};
  if (witness_key_text(witness) != trim(text))
    throw Error(ErrorKind::bad_input, "the hash in the key of '{}' does not match it", parts[0]);
  return witness;
}

std::string witness_key_text(const WitnessKey& witness) {
  return fmt::format("{}+{}+{}", witness.name,
                     to_hex(note_key_hash(witness.name, kCosignatureType, witness.key)),
                     to_base64(typed_key(kCosignatureType, witness.key)));
}

std::optional<Timestamp> cosigned_at(std::string_view note, const WitnessKey& witness) {
  const auto hash = note_key_hash(witness.name, kCosignatureType, witness.key);
  const auto start = fmt::format("{}{} ", kSignatureMark, witness.name);
  for (const auto& line : split(note.substr(body_of(note).size() + 1), '\n')) {
    if (!line.starts_with(start)) continue;
    const auto bytes = from_base64(std::string_view(line).substr(start.size()));
    if (bytes.size() <= kHashBytes + kTimeBytes ||
        !std::equal(hash.begin(), hash.end(), bytes.begin()))
      continue;
    std::uint64_t seconds = 0;
    for (std::size_t i = 0; i < kTimeBytes; ++i)
      seconds = (seconds << 8U) | std::to_integer<std::uint64_t>(bytes[kHashBytes + i]);
    constexpr std::uint64_t kMost = 253'402'300'800;  // the year 10,000
    if (seconds < kMost &&
        witness.key.verify(bytes_of(message_of(note, static_cast<std::int64_t>(seconds))),
                           BytesView(bytes).subspan(kHashBytes + kTimeBytes)))
      return Timestamp{static_cast<std::int64_t>(seconds) * 1'000'000};
    throw Error(ErrorKind::integrity, "the cosignature by '{}' does not match", witness.name);
  }
  return std::nullopt;
}

std::string cosign(std::string_view note, std::string_view name, const PrivateKey& key,
                   Timestamp time) {
  const auto seconds = time.microseconds / 1'000'000;
  auto bytes = note_key_hash(name, kCosignatureType, key.public_key());
  for (std::size_t i = kTimeBytes; i-- > 0;)
    bytes.push_back(static_cast<std::byte>((seconds >> (8 * i)) & 0xFF));
  const auto signature = key.sign(bytes_of(message_of(note, seconds)));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return fmt::format("{}{}{} {}\n", note, kSignatureMark, name, to_base64(bytes));
}

}  // namespace mlo::ledger
