#include "workspace/link_mode.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <linux/fs.h>
#endif

#include "mlo/workspace/settings.h"

namespace mlo::workspace {
namespace fs = std::filesystem;

LinkMode link_mode(const Repository& repository) {
  const auto wanted =
      setting_or_default("workspace.link", repository.folder(), repository.world()).value;
  if (wanted == "reflink") return LinkMode::reflink;
  if (wanted == "hardlink") return LinkMode::hardlink;
  const bool clones =
      wanted == "auto" && can_clone(repository.folder() / "tmp", repository.world());
  return clones ? LinkMode::reflink : LinkMode::copy;
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
