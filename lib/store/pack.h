#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "mlo/core/file.h"
#include "store/record.h"

namespace mlo::store {

/// Where an object stands in a pack.
struct PackEntry {
  RecordHeader header;
  std::uint64_t offset = 0;  ///< of the record's header in the file
};

/// A pack's bytes, first to last: `mlo-pack 1\n`, zeros up to 16; records; the index, an entry of
/// 64 bytes for each record sorted by digest (digest 32, offset 8, content bytes 8, stored bytes 8,
/// encoding 1, zeros 7); a trailer of 64 bytes (`mlo-pidx`, version 8, entries 8, offset of the
/// index 8, SHA-256 of the index 32). Numbers are little endian. A pack is never changed.
struct PackFormat {
  static constexpr std::string_view kHeader{"mlo-pack 1\n\0\0\0\0\0", 16};
  static constexpr std::string_view kIndexMagic = "mlo-pidx";
  static constexpr std::uint64_t kVersion = 1;
  static constexpr std::size_t kEntryBytes = 64;
  static constexpr std::size_t kTrailerBytes = 64;
};

void encode(const PackEntry& entry, std::span<std::byte, PackFormat::kEntryBytes> out);
/// Throws integrity when the entry cannot be of a pack with records up to `end`.
PackEntry decode_pack_entry(std::span<const std::byte, PackFormat::kEntryBytes> bytes,
                            std::uint64_t end);

/// An opened pack. Its index is memory-mapped, its records are read where they are asked for.
/// Members may be called from several threads.
class Pack {
 public:
  /// Throws integrity when the file has no whole index, not_found when it is gone.
  explicit Pack(std::filesystem::path file);
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  [[nodiscard]] std::optional<PackEntry> find(const Digest& digest) const;
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] PackEntry at(std::uint64_t index) const;
  /// Payload as it is stored. Throws integrity when the record's header is not what the index says.
  [[nodiscard]] Bytes payload(const PackEntry& entry) const;
  /// Content of a plain record, not yet compared with its digest.
  [[nodiscard]] Bytes content(const PackEntry& entry) const;
  /// The same into `out`, which is as long as the content.
  void content(const PackEntry& entry, std::span<std::byte> out) const;
  /// Gives the memory back that looking into the index has mapped; looking again maps it again.
  void let_go() const;
  /// True when the index has the digest that the trailer says.
  [[nodiscard]] bool index_is_whole() const;

  [[nodiscard]] const std::filesystem::path& file() const { return path_; }
  [[nodiscard]] std::uint64_t size_bytes() const { return size_; }
  [[nodiscard]] std::int64_t modified_ns() const { return modified_ns_; }
  /// Where the records end.
  [[nodiscard]] std::uint64_t index_offset() const { return index_offset_; }

 private:
  [[nodiscard]] std::span<const std::byte, PackFormat::kEntryBytes> raw(std::uint64_t index) const;
  void read_payload(const PackEntry& entry, std::span<std::byte> out) const;

  std::filesystem::path path_;
  File file_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ns_ = 0;
  std::uint64_t index_offset_ = 0;
  std::uint64_t count_ = 0;
  const std::byte* map_ = nullptr;  ///< of the whole file; only the index is touched
};

/// The packs of a store, as far as they have been seen.
class Packs {
 public:
  explicit Packs(std::filesystem::path folder);

  struct Found {
    std::shared_ptr<const Pack> pack;
    PackEntry entry;
  };
  /// Looks again at the folder when no known pack has the object.
  std::optional<Found> find(const Digest& digest);
  /// Only in the packs known now.
  std::optional<Found> find_known(const Digest& digest);
  std::vector<std::shared_ptr<const Pack>> all();
  /// Looks at the folder: packs that came are opened, packs that went are dropped.
  void reload();
  /// `Pack::let_go` of each.
  void let_go();

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  using List = std::vector<std::shared_ptr<const Pack>>;
  std::shared_ptr<const List> known();
  bool has_changed();

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::shared_ptr<const List> list_;
  std::optional<FileStatus> seen_;
};

}  // namespace mlo::store
