#include "workspace/inside.h"

#include <algorithm>
#include <cerrno>
#include <memory>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "mlo/core/error.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

/// Part by part, for kernels without openat2: each part is opened without following it.
int open_step_by_step(int root, const std::string& path, int flags, unsigned mode) {
  File folder(::fcntl(root, F_DUPFD_CLOEXEC, 0));
  for (std::size_t start = 0;;) {
    const auto slash = path.find('/', start);
    const auto part = path.substr(start, slash - start);
    if (slash == std::string::npos)
      return ::openat(folder.descriptor(), part.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode);
    const int next = ::openat(folder.descriptor(), part.c_str(),
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) return next;
    folder = File(next);
    start = slash + 1;
  }
}

int open_unlinked(int root, const std::string& path, int flags, unsigned mode) {
#if defined(__linux__) && defined(SYS_openat2)
  open_how how{};
  how.flags = static_cast<std::uint64_t>(static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW));
  how.mode = (static_cast<unsigned>(flags) & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH;
  const auto file = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
  // Old kernels do not know it, sandboxes forbid it.
  if (file >= 0 || (errno != ENOSYS && errno != EPERM)) return static_cast<int>(file);
#endif
  return open_step_by_step(root, path, flags, mode);
}

/// The folder of that name, or nothing when it is something else or gone.
std::optional<File> folder_in(const File& folder, const std::string& name) {
  File inner(
      ::openat(folder.descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (inner.descriptor() >= 0) return inner;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::nullopt;
  throw system_error(errno, "open", name);
}

/// What errno says of reading `folder`, and where that lies.
Error unreadable(const File& folder) {
  const int problem = errno;
  std::error_code unknown;
  return system_error(
      problem, "read",
      fs::read_symlink("/proc/self/fd/" + std::to_string(folder.descriptor()), unknown));
}

/// The next of `stream`; null at its end, and with errno where it breaks off.
const dirent* next_item(DIR* stream) {
  errno = 0;
  return ::readdir(stream);  // NOLINT(concurrency-mt-unsafe): the stream is nobody else's
}

bool holds_repository(const File& folder, const std::string& name) {
  if (is_private(name)) return true;
  const auto inner = folder_in(folder, name);
  return inner && std::ranges::any_of(names_in(*inner), [&](const std::string& below) {
           return holds_repository(*inner, below);
         });
}

void remove_from(const File& folder, const std::string& name) {
  if (const auto inner = folder_in(folder, name))
    for (const auto& below : names_in(*inner)) remove_from(*inner, below);
  // What it is now decides, not what it was: a link in its place is removed as a link.
  if (::unlinkat(folder.descriptor(), name.c_str(), 0) == 0 || errno == ENOENT) return;
  if ((errno != EISDIR && errno != EPERM) ||
      ::unlinkat(folder.descriptor(), name.c_str(), AT_REMOVEDIR) != 0)
    throw system_error(errno, "remove", name);
}

}  // namespace

std::optional<File> open_inside(const File& root, const std::string& path, int flags,
                                unsigned mode) {
  const int file = open_unlinked(root.descriptor(), path, flags, mode);
  if (file >= 0) return File(file);
  if (errno == ENOENT || (errno == ENOTDIR && path.find('/') != std::string::npos))
    return std::nullopt;
  if (errno == ELOOP)
    throw Error(ErrorKind::not_allowed, "'{}' leads through a symbolic link, which is not followed",
                path)
        .hint("replace the link by a real folder");
  throw system_error(errno, "open", path);
}

std::optional<Spot> spot_inside(const File& root, const std::string& path) {
  const auto slash = path.rfind('/');
  const auto above = slash == std::string::npos ? "." : path.substr(0, slash);
  auto folder = open_inside(root, above, O_RDONLY | O_DIRECTORY);
  if (!folder) return std::nullopt;
  return Spot{std::move(*folder), slash == std::string::npos ? path : path.substr(slash + 1)};
}

Spot make_way_inside(const File& root, const std::string& path) {
  if (auto spot = spot_inside(root, path)) return std::move(*spot);
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto spot = spot_inside(root, path.substr(0, slash));
    if (!spot ||
        (::mkdirat(spot->folder.descriptor(), spot->name.c_str(), 0777) != 0 && errno != EEXIST))
      throw system_error(spot ? errno : ENOENT, "make the folder", path.substr(0, slash));
  }
  auto spot = spot_inside(root, path);
  if (!spot) throw system_error(ENOENT, "make a folder for", path);
  return std::move(*spot);
}

std::vector<std::string> names_in(const File& folder) {
  // An open file of its own: a stream reads from where its file stands.
  const int copy = ::openat(folder.descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) throw unreadable(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), &::closedir);
  if (!stream) {
    const auto problem = unreadable(folder);
    ::close(copy);
    throw problem;
  }
  std::vector<std::string> names;
  while (const auto* item = next_item(stream.get())) {
    const std::string_view name = item->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  // Whoever took a part for the whole would forget the rest.
  if (errno != 0) throw unreadable(folder);
  return names;
}

void remove_inside(const File& root, const std::string& path) {
  const auto spot = spot_inside(root, path);
  if (!spot || !status_in(spot->folder, spot->name.c_str())) return;
  if (holds_repository(spot->folder, spot->name))
    throw Error(ErrorKind::conflict, "'{}' is in the way and holds a repository", path)
        .hint("move it elsewhere, then run the command again");
  remove_from(spot->folder, spot->name);
}

std::optional<FileStatus> status_in(const File& folder, const char* name) {
  struct stat status {};
  if (::fstatat(folder.descriptor(), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
    return as_status(status);
  if (errno == ENOENT) return std::nullopt;
  throw system_error(errno, "look at", name);
}

}  // namespace mlo::workspace
