#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"
#include "mlo/core/world.h"

namespace mlo::store {

/// Immutable objects under the SHA-256 of their bytes.
///
/// Readers need no lock. Nothing is visible before it is durable. Whatever is read is verified.
class ObjectStore {
 public:
  ObjectStore(std::filesystem::path folder, const World& world);

  [[nodiscard]] bool contains(const Digest& digest) const;
  /// Throws not_found when the object is missing.
  [[nodiscard]] std::uint64_t size_bytes(const Digest& digest) const;
  /// The whole object. Throws not_found, integrity (bytes do not match their name), or bad_input
  /// when it is larger than `max_bytes`.
  [[nodiscard]] std::string read(const Digest& digest, std::uint64_t max_bytes = 1ULL << 30U) const;
  /// A read-only file that holds the object's bytes, for libraries that want a path.
  [[nodiscard]] std::filesystem::path file(const Digest& digest) const;
  /// Writes the object to `target` atomically (temporary file beside it, then rename), verified on
  /// the way; an existing file is replaced.
  void restore(const Digest& digest, const std::filesystem::path& target, bool executable) const;
  /// Every object's name, sorted.
  [[nodiscard]] std::vector<Digest> list() const;

 private:
  friend class Batch;
  [[nodiscard]] std::filesystem::path place(const Digest& digest) const;
  std::filesystem::path folder_;
  const World* world_;
};

/// Objects that become durable together: `add` as many as wanted, then `commit` once.
/// Objects of a batch that was not committed may be gone after a crash.
class Batch {
 public:
  explicit Batch(ObjectStore& store);
  Digest add(BytesView content);
  Digest add(std::string_view content) { return add(bytes_of(content)); }
  /// Hashes and stores a file in constant memory. Throws conflict when it changes meanwhile.
  Digest add_file(const std::filesystem::path& file);
  void commit();

 private:
  void keep(const Digest& digest,
            const std::function<void(const std::filesystem::path&)>& place_at);
  ObjectStore* store_;
  std::vector<std::filesystem::path> folders_;
};

}  // namespace mlo::store
