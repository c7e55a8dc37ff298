#include "mlo/core/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "mlo/core/error.h"

namespace mlo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kCopyBytes = 1U << 18U;
constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

std::int64_t nanos(const timespec& moment) {
  return static_cast<std::int64_t>(moment.tv_sec) * kNanosPerSecond + moment.tv_nsec;
}

/// Copies inside the kernel as far as the file system allows; the rest is left to the caller.
void copy_in_kernel([[maybe_unused]] int source, [[maybe_unused]] int target) {
#ifdef __linux__
  constexpr std::size_t kPieceBytes = 1U << 30U;
  while (copy_file_range(source, nullptr, target, nullptr, kPieceBytes, 0) > 0) {
  }
#endif
}

}  // namespace

File File::open(const fs::path& path, int flags, mode_t mode) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (descriptor < 0) throw system_error(errno, "open", path);
  return File(descriptor);
}

File::~File() {
  close();
}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

std::size_t File::read(std::span<std::byte> buffer) {
  while (true) {
    const auto count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw system_error(errno, "read");
  }
}

std::size_t File::read_at(std::span<std::byte> buffer, std::uint64_t offset) const {
  std::size_t total = 0;
  while (total < buffer.size()) {
    const auto count = ::pread(descriptor_, buffer.data() + total, buffer.size() - total,
                               static_cast<off_t>(offset + total));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "read");
    if (count == 0) break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

bool File::read_both_at(std::span<std::byte> first, std::span<std::byte> second,
                        std::uint64_t offset) const {
  std::array<iovec, 2> parts{{{first.data(), first.size()}, {second.data(), second.size()}}};
  const auto count = ::preadv(descriptor_, parts.data(), 2, static_cast<off_t>(offset));
  if (count >= 0 && static_cast<std::size_t>(count) == first.size() + second.size()) return true;
  // Interrupted, cut short or failed: the slow way finds out which.
  return read_at(first, offset) == first.size() &&
         read_at(second, offset + first.size()) == second.size();
}

void File::write_all(BytesView bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void File::write_at(BytesView bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const auto count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_error(errno, "write");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

void File::sync() {
  if (::fsync(descriptor_) != 0) throw system_error(errno, "make the data durable");
}

void File::sync_data() {
#ifdef __linux__
  if (::fdatasync(descriptor_) != 0) throw system_error(errno, "make the data durable");
#else
  sync();
#endif
}

void File::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::string read_file(const fs::path& path, std::uint64_t max_bytes) {
  return in_context(fmt::format("reading '{}'", path.string()), [&] {
    auto file = File::open(path, O_RDONLY);
    std::string content;
    std::vector<std::byte> buffer(kCopyBytes);
    while (const auto count = file.read(buffer)) {
      if (content.size() + count > max_bytes)
        throw Error(ErrorKind::bad_input, "'{}' is larger than {} bytes", path.string(), max_bytes);
      content.append(text_of(std::span(buffer).first(count)));
    }
    return content;
  });
}

void write_durably(const fs::path& path, BytesView content, const World& world,
                   std::string_view step, mode_t mode) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const fs::path temporary =
      folder / fmt::format(".{}.{}.tmp", path.filename().string(), random_hex(world, 6));
  try {
    in_context(fmt::format("writing '{}'", path.string()), [&] {
      auto file = File::open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
      file.write_all(content);
      file.sync();
      file.close();
      world.before_step(step);
      if (::rename(temporary.c_str(), path.c_str()) != 0)
        throw system_error(errno, "rename to", path);
      // Sync the folder too: after a power cut the rename itself may be gone.
      sync_folder(folder);
    });
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void sync_folder(const fs::path& folder) {
  File::open(folder, O_RDONLY | O_DIRECTORY).sync();
}

void copy_bytes(const fs::path& source, const fs::path& target, mode_t mode) {
  in_context(fmt::format("copying '{}' to '{}'", source.string(), target.string()), [&] {
    auto from = File::open(source, O_RDONLY);
    auto to = File::open(target, O_WRONLY | O_CREAT | O_EXCL, mode);
    copy_in_kernel(from.descriptor(), to.descriptor());
    std::vector<std::byte> buffer(kCopyBytes);
    while (const auto count = from.read(buffer)) to.write_all(std::span(buffer).first(count));
  });
}

FileStatus as_status(const struct stat& status) {
  FileStatus result;
  if (S_ISREG(status.st_mode)) result.type = FileStatus::Type::file;
  if (S_ISDIR(status.st_mode)) result.type = FileStatus::Type::folder;
  if (S_ISLNK(status.st_mode)) result.type = FileStatus::Type::link;
  result.size_bytes = static_cast<std::uint64_t>(status.st_size);
#ifdef __APPLE__
  result.modified_ns = nanos(status.st_mtimespec);
  result.changed_ns = nanos(status.st_ctimespec);
#else
  result.modified_ns = nanos(status.st_mtim);
  result.changed_ns = nanos(status.st_ctim);
#endif
  result.inode = status.st_ino;
  result.executable = (status.st_mode & S_IXUSR) != 0;
  return result;
}

std::optional<FileStatus> status_of(const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return as_status(status);
  if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
  throw system_error(errno, "look at", path);
}

FileStatus status_of(const File& file) {
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) throw system_error(errno, "look at an open file");
  return as_status(status);
}

namespace {

/// Not there, no folder, closed to us, or of a process that has ended (/proc).
bool is_out_of_sight(const std::error_code& problem) {
  constexpr std::array kAll{ENOENT, ENOTDIR, EACCES, EPERM, ESRCH};
  return std::ranges::find(kAll, problem.value()) != kAll.end();
}

}  // namespace

std::vector<fs::path> folder_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code problem;
  for (fs::directory_iterator item(folder, problem), end; !problem && item != end;
       item.increment(problem))
    entries.push_back(item->path());
  if (problem && !is_out_of_sight(problem)) throw system_error(problem.value(), "read", folder);
  std::ranges::sort(entries);
  return entries;
}

TemporaryFolder::TemporaryFolder(const fs::path& parent, const World& world)
    : path_(parent / ("mlo-" + random_hex(world, 8))) {
  std::error_code problem;
  fs::create_directories(parent, problem);
  if (::mkdir(path_.c_str(), 0700) != 0) throw system_error(errno, "make the folder", path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

FileLock::FileLock(const fs::path& path, int patience_ms)
    : file_(File::open(path, O_RDWR | O_CREAT, 0600)) {
  // Most locks are held for a few milliseconds: ten writers that take turns must not sleep theirs.
  constexpr std::chrono::milliseconds kLongestPause(10);
  constexpr std::uint64_t kMaxHolderBytes = 64;
  using Clock = std::chrono::steady_clock;
  const std::chrono::milliseconds patience(patience_ms);
  std::chrono::milliseconds pause(1);
  std::string holder;
  auto deadline = Clock::now() + patience;
  while (::flock(file_.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) throw system_error(errno, "lock", path);
    // Where others come and go, this one's turn comes too: patience is for one that stays.
    if (auto now = read_file(path, kMaxHolderBytes); !now.empty() && now != holder) {
      holder = std::move(now);
      deadline = Clock::now() + patience;
    }
    if (Clock::now() >= deadline)
      throw Error(ErrorKind::conflict, "another mlo (process {}) is at work in this repository",
                  holder.empty() ? "unknown" : holder)
          .hint("wait until it has ended, then run the command again");
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  const auto self = fmt::format("{}", ::getpid());
  if (::ftruncate(file_.descriptor(), 0) == 0) file_.write_all(bytes_of(self));
}

}  // namespace mlo
