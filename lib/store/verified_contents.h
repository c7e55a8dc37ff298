#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "mlo/core/digest.h"
#include "mlo/core/mac.h"
#include "mlo/core/world.h"

namespace mlo::store {

/// What this user's SHA-256 has told of large objects, remembered as a MAC over the same bytes. The
/// MAC's key lies outside every repository, in the user's state folder, as do the tags: whoever can
/// change a store can neither make the tag of other bytes nor put one in its place. Holding bytes
/// against it takes a third of the time of SHA-256.
///
/// Where nothing can be read or written nothing is remembered, and SHA-256 tells each time.
class VerifiedContents {
 public:
  /// Of a smaller object SHA-256 tells as soon.
  static constexpr std::uint64_t kWorthRemembering = 64ULL << 20U;

  /// A MAC to go over the bytes of an object.
  struct Code {
    Mac mac;
    Mac::Nonce nonce{};
  };
  /// Hands all bytes of an object, in their order, to what it is given; may be called twice.
  using ReadThrough = std::function<void(const std::function<void(BytesView)>&)>;

  explicit VerifiedContents(const World& world);
  /// Whether what `read` reads is the object of that digest and size.
  [[nodiscard]] bool tells(const Digest& digest, std::uint64_t size_bytes,
                           const ReadThrough& read) const;
  /// A new one for an object that is being hashed; nothing when it is small, or no key can be had.
  [[nodiscard]] std::optional<Code> code(std::uint64_t size_bytes) const;
  /// To be called with the digest that SHA-256 has found for the bytes that `code` went over.
  void remember(const Digest& digest, Code code) const noexcept;
  void forget(const Digest& digest) const noexcept;

 private:
  struct Remembered {
    Mac::Nonce nonce{};
    Mac::Tag tag{};
  };
  [[nodiscard]] std::optional<Remembered> recall(const Digest& digest) const;
  /// Whether the bytes are those that were remembered; nothing when none were.
  [[nodiscard]] std::optional<bool> recognizes(const Digest& digest, const ReadThrough& read) const;
  [[nodiscard]] std::optional<Mac::Key> key() const;
  [[nodiscard]] std::filesystem::path file_of(const Digest& digest) const;

  const World& world_;
  std::filesystem::path folder_;  ///< empty: there is no home
};

}  // namespace mlo::store
