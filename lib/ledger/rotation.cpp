#include <algorithm>
#include <filesystem>

#include "ledger/identity.h"
#include "ledger/signer.h"
#include "mlo/core/file.h"
#include "mlo/ledger/identities.h"

// How a key is replaced: in one ledger by an entry, on the disk by a rename, either of which a
// crash may leave without the other.

namespace mlo::ledger {
namespace fs = std::filesystem;
namespace {

/// A key that replaces another is written beside it first: a crash before the entry leaves the old
/// one in place, a crash after it is completed by the next rotation.
fs::path next_file(const fs::path& file) {
  return file.string() + ".next";
}

/// The key that comes next. One that lies there already is of a rotation that was interrupted,
/// perhaps in another repository, whose ledger may know no other.
PrivateKey next_key(const fs::path& file, const World& world) {
  const auto next = next_file(file);
  if (fs::exists(next)) return read_own_key(next, world);
  auto key = PrivateKey::generate(Algorithm::ecdsa_p256);
  write_key(next, key, passphrase_for(read_file(file), world), world);
  return key;
}

/// Never without a key in its place: the next command would make another.
fs::path put_in_place(const fs::path& file, std::int64_t entry, const World& world) {
  auto former = keep_former_key(file, entry, world);
  fs::rename(next_file(file), file);
  sync_folder(fs::absolute(file).parent_path());
  return former;
}

/// The entry that brought `key` to the ledger; nothing when none did.
std::optional<std::int64_t> entry_of(Ledger& ledger, const std::string& name, const Digest& key) {
  for (const auto& known : identities(ledger)) {
    if (known.name != name) continue;
    const auto there = std::ranges::find(known.keys, key, &KnownKey::key);
    if (there != known.keys.end()) return there->from.entry;
  }
  return std::nullopt;
}

std::int64_t enter(Ledger& ledger, const Identity& before, const PublicKey& next,
                   const std::string& reason) {
  return ledger
      .append(statement_of(IdentityChange{.kind = IdentityChange::Kind::rotate,
                                          .name = before.name,
                                          .key = before.key_id,
                                          .public_key = next.pem()}),
              {"identity rotate", reason})
      .index;
}

}  // namespace

Rotated rotate_identity(Ledger& ledger, const World& world, const std::string& reason) {
  const auto file = own_key_file(
      world, "put a new one there, and let an administrator add it: mlo identity add NAME KEY.pem");
  const auto signer = signer_for(ledger.database(), world);
  const auto& before = signer.identity;
  Rotated rotated{.name = before.name, .before = before.key_id, .file = file.string()};
  if (signer.former) {
    const auto key = load_identity(world).key.public_key();
    rotated.key = key.id();
    rotated.former_file = signer.file.string();
    rotated.entry = enter(ledger, before, key, reason);
  } else {
    const auto key = next_key(file, world).public_key();
    rotated.key = key.id();
    const auto done = entry_of(ledger, before.name, key.id());
    rotated.entry = done ? *done : enter(ledger, before, key, reason);
    world.before_step("key.rotate");
    rotated.former_file = put_in_place(file, rotated.entry, world).string();
  }
  ledger.forget_key();
  return rotated;
}

std::optional<Digest> former_key(Ledger& ledger, const World& world) {
  // Looked at first: who has replaced no key need not read the one in use again.
  if (former_key_files(world).empty()) return std::nullopt;
  const auto signer = signer_for(ledger.database(), world);
  return signer.former ? std::optional(signer.identity.key_id) : std::nullopt;
}

}  // namespace mlo::ledger
