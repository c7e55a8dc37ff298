#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "mlo/core/bytes.h"
#include "mlo/core/world.h"

struct stat;

namespace mlo {

/// An open file descriptor with one owner.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  /// open(2) with O_CLOEXEC. Throws system_error's kinds, naming the path.
  static File open(const std::filesystem::path& path, int flags, mode_t mode = 0666);
  ~File();
  File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  File& operator=(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Reads up to `buffer.size()` bytes; 0 at the end.
  std::size_t read(std::span<std::byte> buffer);
  /// Reads up to `buffer.size()` bytes at `offset` without moving the file's position (pread);
  /// fewer only at the end. Several threads may read at once.
  std::size_t read_at(std::span<std::byte> buffer, std::uint64_t offset) const;
  /// Fills two buffers with what lies one after the other at `offset`; false when the file ends
  /// before. One call to the system instead of two.
  bool read_both_at(std::span<std::byte> first, std::span<std::byte> second,
                    std::uint64_t offset) const;
  void write_all(BytesView bytes);
  /// Writes at `offset` without moving the file's position (pwrite). Several threads may write.
  void write_at(BytesView bytes, std::uint64_t offset);
  /// fsync. Errors of delayed writes surface here.
  void sync();
  /// fdatasync: the bytes and what is needed to find them, not the times.
  void sync_data();
  void close();

 private:
  int descriptor_ = -1;
};

/// The whole file; throws bad_input when it is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes = 1ULL << 30U);

/// Replaces `path` with `content` so that a crash leaves the old or the new file, never a mixture:
/// temporary file beside it → fsync → `world.before_step(step)` → rename → fsync of the folder.
void write_durably(const std::filesystem::path& path, BytesView content, const World& world,
                   std::string_view step, mode_t mode = 0644);
void sync_folder(const std::filesystem::path& folder);

/// Copies the bytes of `source` to the new file `target` (copy_file_range where there is one).
void copy_bytes(const std::filesystem::path& source, const std::filesystem::path& target,
                mode_t mode);

/// What stat tells about a path; links are not followed.
struct FileStatus {
  enum class Type : std::uint8_t { file, folder, link, other };
  Type type = Type::other;
  bool executable = false;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  std::uint64_t inode = 0;

  bool operator==(const FileStatus&) const = default;
};
std::optional<FileStatus> status_of(const std::filesystem::path& path);
FileStatus status_of(const File& file);
/// From what stat(2), lstat or fstatat has filled.
FileStatus as_status(const struct stat& status);

/// What lies in `folder`, sorted; nothing when it is not there or closed to us: for looking around.
/// Throws unavailable where reading it breaks off: a part of it passes for no whole.
std::vector<std::filesystem::path> folder_entries(const std::filesystem::path& folder);

/// A folder that is removed with all it holds when the owner leaves.
class TemporaryFolder {
 public:
  TemporaryFolder(const std::filesystem::path& parent, const World& world);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A lock that the kernel releases when its owner dies (flock on `path`).
class FileLock {
 public:
  /// Throws conflict naming the holder's process when one and the same holder keeps it for longer
  /// than `patience_ms`; where holders take turns, waits for its own.
  FileLock(const std::filesystem::path& path, int patience_ms);
  ~FileLock() = default;
  FileLock(FileLock&&) = default;
  FileLock& operator=(FileLock&&) = default;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  File file_;
};

}  // namespace mlo
