#include "store/verified_contents.h"

#include <algorithm>
#include <array>

#include <fcntl.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "store/loose.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kOwn = 0600;
constexpr std::string_view kTemporary = ".tmp-";
constexpr std::size_t kNonceDigits = 2 * std::tuple_size_v<Mac::Nonce>;
constexpr std::size_t kTagDigits = 2 * std::tuple_size_v<Mac::Tag>;

/// Throws integrity on another length.
template <typename Array>
Array exactly(BytesView bytes) {
  Array array{};
  if (bytes.size() != array.size())
    throw Error(ErrorKind::integrity, "{} bytes instead of {}", bytes.size(), array.size());
  std::ranges::copy(bytes, array.begin());
  return array;
}

/// Not synced: what a power cut takes is found out anew.
void write_own(const Pending& pending, BytesView content) {
  File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, kOwn).write_all(content);
}

/// The tag of the bytes and then the object's name: none passes for that of another object.
Mac::Tag finish(Mac& mac, const Digest& digest) {
  mac.update(digest.bytes());
  return mac.finish();
}

}  // namespace

VerifiedContents::VerifiedContents(const World& world) : world_(world) {
  if (const auto state = state_folder(world)) folder_ = *state / "contents";
}

bool VerifiedContents::tells(const Digest& digest, std::uint64_t size_bytes,
                             const ReadThrough& read) const {
  if (size_bytes >= kWorthRemembering)
    if (const auto known = recognizes(digest, read)) {
      if (*known) return true;
      // The object is damaged, or what was remembered is: SHA-256 knows.
      forget(digest);
    }
  auto fresh = code(size_bytes);
  Hasher hasher;
  read([&](BytesView piece) {
    hasher.update(piece);
    if (fresh) fresh->mac.update(piece);
  });
  if (hasher.finish() != digest) return false;
  if (fresh) remember(digest, std::move(*fresh));
  return true;
}

std::optional<bool> VerifiedContents::recognizes(const Digest& digest,
                                                 const ReadThrough& read) const {
  const auto remembered = recall(digest);
  const auto own = remembered ? key() : std::nullopt;
  if (!own) return std::nullopt;
  Mac mac(*own, remembered->nonce);
  read([&](BytesView piece) { mac.update(piece); });
  return finish(mac, digest) == remembered->tag;
}

std::optional<VerifiedContents::Code> VerifiedContents::code(std::uint64_t size_bytes) const {
  const auto own = size_bytes >= kWorthRemembering ? key() : std::nullopt;
  if (!own) return std::nullopt;
  Mac::Nonce nonce{};
  world_.fill_random(nonce);
  return Code{.mac = Mac(*own, nonce), .nonce = nonce};
}

void VerifiedContents::remember(const Digest& digest, Code code) const noexcept {
  try {
    const auto text = to_hex(code.nonce) + to_hex(finish(code.mac, digest));
    Pending pending(folder_, kTemporary, world_);
    write_own(pending, bytes_of(text));
    pending.place(file_of(digest));
  } catch (const std::exception&) {
    return;  // the object is whole; the next look at it only takes longer
  }
}

void VerifiedContents::forget(const Digest& digest) const noexcept {
  if (!folder_.empty()) ::unlink(file_of(digest).c_str());
}

std::optional<VerifiedContents::Remembered> VerifiedContents::recall(const Digest& digest) const {
  if (folder_.empty() || !status_of(file_of(digest))) return std::nullopt;
  try {
    const auto text = read_file(file_of(digest), kNonceDigits + kTagDigits);
    const auto digits = std::string_view(text);
    if (digits.size() < kNonceDigits) return std::nullopt;
    return Remembered{.nonce = exactly<Mac::Nonce>(from_hex(digits.substr(0, kNonceDigits))),
                      .tag = exactly<Mac::Tag>(from_hex(digits.substr(kNonceDigits)))};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::optional<Mac::Key> VerifiedContents::key() const {
  if (folder_.empty()) return std::nullopt;
  try {
    const auto file = folder_ / "key";
    if (!status_of(file)) {
      fs::create_directories(folder_);
      Mac::Key fresh{};
      world_.fill_random(fresh);
      const Pending pending(folder_, kTemporary, world_);
      write_own(pending, fresh);
      // Unlike a rename, a link leaves the key of whoever was faster.
      static_cast<void>(::link(pending.path().c_str(), file.c_str()));
    }
    return exactly<Mac::Key>(bytes_of(read_file(file, std::tuple_size_v<Mac::Key>)));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

fs::path VerifiedContents::file_of(const Digest& digest) const {
  return folder_ / digest.hex();
}

}  // namespace mlo::store
