#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "workspace/file_index.h"

namespace mlo::workspace::index_records {

// The bytes of the file: a header, the folders sorted by path, the entries of each folder sorted by
// name, the texts of both, the SHA-256 of all before it. Numbers are of this machine: a cache is
// not carried to another.
inline constexpr std::string_view kMagic = "mlo-indx";
inline constexpr std::uint64_t kVersion = 3;
/// More than any disk holds, and sums of it stay far from the end of the numbers.
inline constexpr std::int64_t kMaxFiles = 1LL << 40;

struct Header {
  std::array<char, 8> magic{};
  std::uint64_t version = kVersion;
  std::uint64_t folders = 0;
  std::uint64_t entries = 0;
  std::uint64_t text_bytes = 0;
};

struct Stat {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;
};

struct FolderRecord {
  std::uint64_t text = 0;
  std::uint32_t text_bytes = 0;
  std::uint16_t whole = 0;
  std::uint16_t believed = 0;
  std::uint64_t first_entry = 0;
  std::uint64_t entries = 0;
  Stat stat;
  std::uint64_t size_bytes = 0;
  std::int64_t files = 0;
  std::array<std::byte, Digest::kSize> tree{};
  std::array<std::byte, Digest::kSize> rules{};
};

struct EntryRecord {
  std::uint64_t text = 0;
  std::uint32_t text_bytes = 0;
  std::uint16_t mode = 0;
  std::uint16_t believed = 0;
  Stat stat;
  std::array<std::byte, Digest::kSize> digest{};
};

static_assert(sizeof(FolderRecord) == 144 && sizeof(EntryRecord) == 80, "no padding to leak");

using Mode = store::TreeEntry::Mode;

inline FileStatus::Type type_of(Mode mode) {
  switch (mode) {
    case Mode::folder: return FileStatus::Type::folder;
    case Mode::link: return FileStatus::Type::link;
    case Mode::file:
    case Mode::executable: break;
  }
  return FileStatus::Type::file;
}

inline Stat stat_of(const FileStatus& status) {
  return {status.size_bytes, status.modified_ns, status.changed_ns, status.inode};
}

inline std::array<std::byte, Digest::kSize> raw(const Digest& digest) {
  std::array<std::byte, Digest::kSize> bytes{};
  std::ranges::copy(digest.bytes(), bytes.begin());
  return bytes;
}

inline FileStatus status_from(const Stat& stat, FileStatus::Type type, bool executable) {
  return {.type = type,
          .executable = executable,
          .size_bytes = stat.size_bytes,
          .modified_ns = stat.modified_ns,
          .changed_ns = stat.changed_ns,
          .inode = stat.inode};
}

inline IndexFolder folder_of(const FolderRecord& record) {
  return {.status = status_from(record.stat, FileStatus::Type::folder, true),
          .tree = Digest(record.tree),
          .size_bytes = record.size_bytes,
          .files = record.files,
          .rules = Digest(record.rules),
          .whole = record.whole != 0,
          .believed = record.believed != 0};
}

inline IndexEntry entry_of(const EntryRecord& record, std::string_view name) {
  const auto mode = static_cast<Mode>(record.mode);
  return {.name = name,
          .mode = mode,
          .status = status_from(record.stat, type_of(mode), mode == Mode::executable),
          .digest = Digest(record.digest),
          .believed = record.believed != 0};
}

/// One name in a folder: what is looked at under it is in that folder.
inline bool is_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

template <typename T>
T load_as(BytesView bytes, std::uint64_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

/// Without its text, whose place is not known yet.
inline EntryRecord record_of(const IndexEntry& entry) {
  return {.mode = static_cast<std::uint16_t>(entry.mode),
          .believed = entry.believed,
          .stat = stat_of(entry.status),
          .digest = raw(entry.digest)};
}

}  // namespace mlo::workspace::index_records
