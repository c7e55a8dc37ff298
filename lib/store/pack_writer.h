#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>

#include "mlo/core/file.h"
#include "mlo/core/world.h"
#include "store/pack.h"

namespace mlo::store {

/// A pack in the making: a temporary file that nobody sees before `seal`, and that is removed when
/// it is not sealed. One thread at a time.
class PackWriter {
 public:
  PackWriter(std::filesystem::path folder, const World& world);
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  [[nodiscard]] bool contains(const Digest& digest) const { return offsets_.contains(digest); }
  [[nodiscard]] std::uint64_t size_bytes() const { return written_ + buffer_.size(); }
  [[nodiscard]] std::uint64_t count() const { return offsets_.size(); }
  void append(const RecordHeader& header, BytesView payload);
  /// Makes the pack durable and gives it its name. Leaves out of its index what `elsewhere` knows;
  /// a pack of which nothing is left is dropped.
  void seal(const std::function<bool(const Digest&)>& elsewhere);
  /// The age that garbage collection sees: that of the packs which this one replaces.
  void date_back(std::int64_t modified_ns) { modified_ns_ = modified_ns; }

 private:
  void write(BytesView bytes);
  void flush();

  std::filesystem::path folder_;
  const World* world_;
  std::filesystem::path temporary_;
  File file_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t pushed_ = 0;  ///< bytes whose way to the disk has begun
  std::optional<std::int64_t> modified_ns_;
  std::unordered_map<Digest, PackEntry> offsets_;
};

}  // namespace mlo::store
