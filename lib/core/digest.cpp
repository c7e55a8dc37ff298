#include "mlo/core/digest.h"

#include <algorithm>
#include <vector>

#include <fcntl.h>
#include <openssl/evp.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::size_t kReadBytes = 1U << 18U;

/// Looked for once: OpenSSL goes through its providers for each EVP_sha256(), which takes longer
/// than to hash two digests.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kFound(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free);
  return kFound.get();
}

}  // namespace

struct Hasher::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  invariant(EVP_DigestInit_ex(state_->context, sha256(), nullptr) == 1, "SHA-256 is there");
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(BytesView piece) {
  EVP_DigestUpdate(state_->context, piece.data(), piece.size());
  return *this;
}

Digest Hasher::finish() {
  std::array<std::byte, Digest::kSize> bytes{};
  EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(bytes.data()), nullptr);
  return Digest(bytes);
}

Digest::Digest(std::span<const std::byte, kSize> bytes) {
  std::ranges::copy(bytes, bytes_.begin());
}

Digest Digest::of(BytesView content) {
  return Hasher().update(content).finish();
}

Digest Digest::of_file(const std::filesystem::path& file,
                       const std::function<void(std::size_t)>& passed) {
  auto input = File::open(file, O_RDONLY);
  std::vector<std::byte> buffer(kReadBytes);
  Hasher hasher;
  while (const auto count = input.read(buffer)) {
    hasher.update(std::span(buffer).first(count));
    if (passed) passed(count);
  }
  return hasher.finish();
}

std::optional<Digest> Digest::try_parse(std::string_view text) {
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 2 * kSize || !std::ranges::all_of(text, is_hex)) return std::nullopt;
  return from_bytes(from_hex(text));
}

Digest Digest::parse(std::string_view text) {
  const auto digest = try_parse(text);
  if (!digest)
    throw Error(ErrorKind::bad_input, "'{}' is no digest", text)
        .hint("a digest reads sha256: and 64 lower-case hexadecimal digits");
  return *digest;
}

Digest Digest::from_bytes(BytesView bytes) {
  if (bytes.size() != kSize)
    throw Error(ErrorKind::integrity, "a digest of {} bytes instead of 32", bytes.size());
  return Digest(bytes.first<kSize>());
}

std::string Digest::hex() const {
  return to_hex(bytes_);
}
std::string Digest::text() const {
  return std::string(kPrefix) + hex();
}
std::string Digest::brief() const {
  return hex().substr(0, 12);
}

}  // namespace mlo
