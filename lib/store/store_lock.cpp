#include "store/store_lock.h"

#include <cerrno>
#include <chrono>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>

#include "mlo/core/error.h"
#include "store/loose.h"

namespace mlo::store {
namespace {

constexpr auto kPause = std::chrono::milliseconds(20);

File open_lock(const std::filesystem::path& folder) {
  make_folder(folder);
  return File::open(folder / "lock", O_RDWR | O_CREAT, 0600);
}

}  // namespace

StoreLock::StoreLock(const std::filesystem::path& folder, Mode mode, int patience_ms)
    : file_(open_lock(folder)) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  while (::flock(file_.descriptor(), (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw system_error(errno, "lock '" + folder.string() + "'");
    if (std::chrono::steady_clock::now() >= deadline)
      throw Error(ErrorKind::conflict, "another mlo is at work in '{}'", folder.string())
          .hint("wait until it has ended, then run the command again");
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace mlo::store
