#include "ledger/checkpoint.h"

#include <charconv>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/text.h"

namespace mlo::ledger {
namespace {

constexpr std::byte kEd25519Type{1};
constexpr std::size_t kHashBytes = 4;

std::int64_t parse_size(std::string_view text) {
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size() || size < 0 ||
      std::to_string(size) != text)
    throw Error(ErrorKind::integrity, "the checkpoint's size '{}' is no number", text);
  return size;
}

}  // namespace

Bytes typed_key(std::byte type, const PublicKey& key) {
  Bytes bytes{type};
  const auto raw = key.raw();
  bytes.insert(bytes.end(), raw.begin(), raw.end());
  return bytes;
}

Bytes note_key_hash(std::string_view name, std::byte type, const PublicKey& key) {
  const auto digest = Hasher().update(name).update("\n").update(typed_key(type, key)).finish();
  const auto first = digest.bytes().first(kHashBytes);
  return {first.begin(), first.end()};
}

std::string sign_note(std::string_view text, std::string_view name, const PrivateKey& key) {
  auto signature = note_key_hash(name, kEd25519Type, key.public_key());
  const auto bytes = key.sign(bytes_of(text));
  signature.insert(signature.end(), bytes.begin(), bytes.end());
  return fmt::format("{}\n{}{} {}\n", text, kSignatureMark, name, to_base64(signature));
}

std::string open_note(std::string_view note, std::string_view name, const PublicKey& key) {
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos || !note.ends_with('\n'))
    throw Error(ErrorKind::integrity, "the note has no signature");
  const auto text = note.substr(0, blank + 1);
  const auto hash = note_key_hash(name, kEd25519Type, key);
  for (const auto& line : split(note.substr(blank + 2), '\n')) {
    const auto start = fmt::format("{}{} ", kSignatureMark, name);
    if (!line.starts_with(start)) continue;
    const auto bytes = from_base64(std::string_view(line).substr(start.size()));
    if (bytes.size() <= kHashBytes || !std::equal(hash.begin(), hash.end(), bytes.begin()))
      continue;
    if (key.verify(bytes_of(text), BytesView(bytes).subspan(kHashBytes))) return std::string(text);
    throw Error(ErrorKind::integrity, "the note's signature by '{}' does not match", name);
  }
  throw Error(ErrorKind::integrity, "the note is not signed by '{}'", name);
}

std::string write_checkpoint(const Checkpoint& checkpoint, const PrivateKey& key) {
  const auto text = fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.size,
                                to_base64(checkpoint.root.bytes()));
  return sign_note(text, checkpoint.origin, key);
}

Checkpoint read_checkpoint(std::string_view note, std::string_view origin, const PublicKey& key) {
  try {
    const auto lines = split(open_note(note, origin, key), '\n');
    // Lines after the third are extensions, which we must ignore; the last is empty.
    if (lines.size() < 4) throw Error(ErrorKind::integrity, "the checkpoint has too few lines");
    if (lines[0] != origin)
      throw Error(ErrorKind::integrity, "the checkpoint is of the log '{}'", lines[0]);
    return {.origin = lines[0],
            .size = parse_size(lines[1]),
            .root = Digest::from_bytes(from_base64(lines[2]))};
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::integrity) throw;
    throw Error(ErrorKind::integrity, "malformed checkpoint: {}", error.message());
  }
}

const Checkpoint& LastCheckpoint::open(std::string_view note, std::string_view origin,
                                       const PublicKey& key) {
  if (note_.empty() || note != note_) wrote(std::string(note), read_checkpoint(note, origin, key));
  return checkpoint_;
}

void LastCheckpoint::wrote(std::string note, Checkpoint checkpoint) {
  note_ = std::move(note);
  checkpoint_ = std::move(checkpoint);
}

std::string verifier_key(std::string_view name, const PublicKey& key) {
  return fmt::format("{}+{}+{}", name, to_hex(note_key_hash(name, kEd25519Type, key)),
                     to_base64(typed_key(kEd25519Type, key)));
}

PublicKey read_verifier_key(std::string_view text, std::string_view name) {
  const auto prefix = fmt::format("{}+", name);
  if (!text.starts_with(prefix) || text.size() < prefix.size() + 2 * kHashBytes + 1)
    throw Error(ErrorKind::integrity, "the log key is not one of '{}'", name);
  const auto bytes = from_base64(text.substr(prefix.size() + 2 * kHashBytes + 1));
  if (bytes.empty() || bytes[0] != kEd25519Type)
    throw Error(ErrorKind::integrity, "the log key is no Ed25519 key");
  auto key = PublicKey::from_ed25519(BytesView(bytes).subspan(1));
  if (verifier_key(name, key) != text)
    throw Error(ErrorKind::integrity, "the log key's hash does not match it");
  return key;
}

}  // namespace mlo::ledger
