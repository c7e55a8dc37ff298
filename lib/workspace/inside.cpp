#include "workspace/inside.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

#include "mlo/core/error.h"

namespace mlo::workspace {
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
  throw system_error(errno, fmt::format("open '{}'", path));
}

std::optional<FileStatus> status_in(const File& folder, const char* name) {
  struct stat status {};
  if (::fstatat(folder.descriptor(), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
    return as_status(status);
  if (errno == ENOENT) return std::nullopt;
  throw system_error(errno, fmt::format("look at '{}'", name));
}

}  // namespace mlo::workspace
