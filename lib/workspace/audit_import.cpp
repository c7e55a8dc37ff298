#include "mlo/workspace/audit_import.h"

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::workspace {
namespace fs = std::filesystem;

std::int64_t import_audit(const fs::path& bundle, const ledger::Trusted& trusted,
                          const fs::path& folder, const World& world) {
  const auto inside = folder / ".mlo";
  if (fs::exists(inside))
    throw Error(ErrorKind::conflict, "'{}' is an mlo repository already", folder.string())
        .hint("choose an empty folder");
  fs::create_directories(inside / "objects");
  fs::permissions(inside, fs::perms::owner_all);
  try {
    write_durably(inside / ".gitignore", bytes_of("*\n"), world, "ignore.rename");
    const auto entries = ledger::import_bundle(bundle, trusted, inside, world);
    // Last: a folder without it is a half-made repository.
    write_durably(inside / "format", bytes_of("1\n"), world, "format.rename");
    return entries;
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(inside, ignored);
    throw;
  }
}

}  // namespace mlo::workspace
