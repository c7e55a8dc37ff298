#include "workspace/link_mode.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

#include "mlo/core/error.h"

namespace mlo::workspace {
namespace fs = std::filesystem;

LinkMode link_mode(const Repository& repository) {
  const auto wanted = repository.setting("workspace.link").value_or("copy");
  if (wanted == "copy") return LinkMode::copy;
  if (wanted == "reflink") return LinkMode::reflink;
  if (wanted == "hardlink") return LinkMode::hardlink;
  if (wanted == "auto")
    return can_clone(repository.folder() / "tmp", repository.world()) ? LinkMode::reflink
                                                                      : LinkMode::copy;
  throw Error(ErrorKind::bad_input, "setting workspace.link: '{}' is no mode", wanted)
      .hint("mlo config workspace.link copy, or reflink, hardlink, auto");
}

bool clone([[maybe_unused]] const fs::path& source, [[maybe_unused]] File& target) {
#ifdef FICLONE
  const auto from = File::open(source, O_RDONLY);
  return ::ioctl(target.descriptor(), FICLONE, from.descriptor()) == 0;
#else
  return false;
#endif
}

bool can_clone(const fs::path& folder, const World& world) {
  try {
    fs::create_directories(folder);
    const TemporaryFolder scratch(folder, world);
    const auto source = scratch.path() / "source";
    write_durably(source, bytes_of("x"), world, "probe.rename");
    auto target = File::open(scratch.path() / "target", O_WRONLY | O_CREAT | O_EXCL, 0600);
    return clone(source, target);
  } catch (const std::exception&) {
    return false;  // a repository that may only be read
  }
}

}  // namespace mlo::workspace
