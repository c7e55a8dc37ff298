#pragma once

#include <array>
#include <compare>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mlo/core/bytes.h"

namespace mlo {

/// The name of an object: the SHA-256 (FIPS 180-4) of its bytes.
class Digest {
 public:
  static constexpr std::size_t kSize = 32;

  Digest() = default;  ///< all zero: no object has it
  explicit Digest(std::span<const std::byte, kSize> bytes);

  static Digest of(BytesView content);
  static Digest of(std::string_view content) { return of(bytes_of(content)); }
  /// Hashes a file in constant memory, and tells `passed` how many bytes went by each time.
  /// Throws not_found, not_allowed or unavailable.
  static Digest of_file(const std::filesystem::path& file,
                        const std::function<void(std::size_t)>& passed = {});
  /// Reads "sha256:<64 hex>" or the bare hex. Throws bad_input.
  static Digest parse(std::string_view text);
  static std::optional<Digest> try_parse(std::string_view text);
  /// From 32 raw bytes, as stored in SQLite. Throws integrity on another length.
  static Digest from_bytes(BytesView bytes);

  [[nodiscard]] std::string text() const;   ///< "sha256:…", the form at the edges
  [[nodiscard]] std::string hex() const;    ///< 64 lower-case digits
  [[nodiscard]] std::string brief() const;  ///< first 12 hex digits, for people
  [[nodiscard]] BytesView bytes() const { return bytes_; }

  auto operator<=>(const Digest&) const = default;

 private:
  std::array<std::byte, kSize> bytes_{};
};

/// SHA-256 over pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& update(BytesView piece);
  Hasher& update(std::string_view piece) { return update(bytes_of(piece)); }
  /// The digest of everything so far; the hasher may not be used afterwards.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlo

template <>
struct std::hash<mlo::Digest> {
  std::size_t operator()(const mlo::Digest& digest) const noexcept {
    std::size_t value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      value = (value << 8U) | std::to_integer<std::size_t>(digest.bytes()[i]);
    return value;
  }
};
