#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"
#include "mlo/core/file.h"
#include "mlo/core/progress.h"
#include "mlo/core/world.h"

namespace mlo::store {

class Packs;

/// Immutable objects under the SHA-256 of their bytes.
///
/// Readers need no lock. Nothing is visible before it is durable. Whatever is read is verified.
/// Every const member may be called from several threads at once.
class ObjectStore {
 public:
  ObjectStore(std::filesystem::path folder, const World& world);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  [[nodiscard]] bool contains(const Digest& digest) const;
  /// Throws not_found when the object is missing.
  [[nodiscard]] std::uint64_t size_bytes(const Digest& digest) const;
  /// The whole object. Throws not_found, integrity (bytes do not match their name), or bad_input
  /// when it is larger than `max_bytes`.
  [[nodiscard]] std::string read(const Digest& digest, std::uint64_t max_bytes = 1ULL << 30U) const;
  /// A read-only file of the store that holds just the object's bytes, verified, for libraries that
  /// want a path and for linking; it is made when the object was kept otherwise.
  [[nodiscard]] std::filesystem::path file(const Digest& digest) const;
  /// Writes the object's bytes to `output` in constant memory, and tells `counter` as they pass.
  /// After an integrity error `output` holds something else: its owner throws it away.
  void copy_to(const Digest& digest, File& output, FileCounter* counter = nullptr) const;
  /// Writes the object to `target` atomically (temporary file beside it, then rename), verified on
  /// the way; an existing file is replaced.
  void restore(const Digest& digest, const std::filesystem::path& target, bool executable) const;
  /// Every object's name, sorted. Chunks of large objects are objects too.
  [[nodiscard]] std::vector<Digest> list() const;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] const World& world() const { return *world_; }
  /// For the store's own files.
  [[nodiscard]] Packs& packs() const { return *packs_; }

 private:
  std::filesystem::path folder_;
  const World* world_;
  std::unique_ptr<Packs> packs_;
};

/// How a file is kept. Packed: small ones together, large ones in chunks that versions share,
/// compressed where that pays. Whole: a raw file of its own, which a working copy can be linked to.
enum class Layout { packed, whole };

/// Objects that become durable together: `add` as many as wanted, then `commit` once.
/// Objects of a batch that was not committed may be gone after a crash. Members may be called from
/// several threads at once.
///
/// A batch keeps garbage collection out while it lives: let it live until what it added, or found
/// there already, is referred to.
class Batch {
 public:
  explicit Batch(ObjectStore& store);
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  Digest add(BytesView content);
  Digest add(std::string_view content) { return add(bytes_of(content)); }
  /// Hashes and stores a file in constant memory. Links are not followed. Throws not_found, or
  /// conflict when it changes meanwhile.
  Digest add_file(const std::filesystem::path& file, Layout layout = Layout::packed);
  /// The same when the caller has looked at the file: conflict when it is not as `expected`.
  /// `counter` is told of its bytes as they pass.
  Digest add_file(const std::filesystem::path& file, const FileStatus& expected,
                  Layout layout = Layout::packed, FileCounter* counter = nullptr);
  void commit();

 private:
  friend class Incoming;
  class Writer;
  std::unique_ptr<Writer> writer_;
};

/// An object that arrives piece by piece, of any size, in constant memory: a small one is packed as
/// others are, a large one becomes a file of its own.
class Incoming {
 public:
  explicit Incoming(Batch& batch);
  ~Incoming();
  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;

  void write(BytesView piece);
  /// Its name; it is durable once the batch is committed.
  Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mlo::store
