#include "mlo/model/stored_table.h"

#include <filesystem>
#include <optional>

#include "mlo/core/error.h"
#include "mlo/workspace/from_here.h"
#include "mlo/workspace/lock_file.h"

namespace mlo::model {
namespace {

std::optional<Digest> recorded(const workspace::LockFile& lock, const std::string& path) {
  for (const auto* facts : {&lock.data, &lock.outputs})
    if (const auto found = facts->find(path); found != facts->end()) return found->second;
  return std::nullopt;
}

}  // namespace

StoredTable open_stored_table(workspace::Repository& repository, const std::string& path,
                              const data::ReadOptions& options) {
  const auto digest = recorded(workspace::read_lock_file(repository.root()), path);
  if (!digest)
    throw Error(ErrorKind::not_found, "'{}' is neither tracked nor made by a step", path)
        .hint("mlo track {}, or mlo train when a step makes it",
              workspace::from_here(repository.root(), path));
  // The engine reads by extension, and objects have none.
  const TemporaryFolder folder(repository.folder() / "tmp", repository.world());
  const auto file = folder.path() / std::filesystem::path(path).filename();
  std::filesystem::create_symlink(repository.store().file(*digest), file);
  return in_context("reading '" + path + "'", [&] {
    return StoredTable{path, *digest, data::Table::open(file, options)};
  });
}

}  // namespace mlo::model
