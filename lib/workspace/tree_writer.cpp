#include "workspace/tree_writer.h"

#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"

namespace mlo::workspace {
namespace {

using Mode = store::TreeEntry::Mode;
constexpr std::size_t kMaxLinkBytes = 4096;
constexpr std::size_t kNameBytes = 6;

}  // namespace

FileStatus TreeWriter::create(const std::string& path, const Plan::Item& item) const {
  const auto spot = spot_of(path);
  return create(spot, spot.name, item);
}

FileStatus TreeWriter::replace(const std::string& path, const Plan::Item& item) const {
  const auto spot = spot_of(path);
  const int folder = spot.folder.descriptor();
  const auto temporary =
      fmt::format(".mlo-restore-{}", random_hex(repository_.world(), kNameBytes));
  try {
    const auto status = create(spot, temporary, item);
    repository_.world().before_step("restore.rename");
    if (::renameat(folder, temporary.c_str(), folder, spot.name.c_str()) != 0)
      throw system_error(errno, "rename to", path);
    // A new name is a change of the inode: what was just written would look changed since.
    const auto renamed = status_in(spot.folder, spot.name.c_str());
    const bool is_same = renamed && renamed->inode == status.inode &&
                         renamed->modified_ns == status.modified_ns &&
                         renamed->size_bytes == status.size_bytes;
    return is_same ? *renamed : status;
  } catch (...) {
    ::unlinkat(folder, temporary.c_str(), 0);
    throw;
  }
}

Spot TreeWriter::spot_of(const std::string& path) const {
  auto spot = spot_inside(folder_, path);
  if (!spot) throw system_error(ENOENT, "make", place_ / path);
  // Here it is known which folder that is, and for which file.
  if (::faccessat(spot->folder.descriptor(), ".", W_OK | X_OK, AT_EACCESS) != 0)
    throw system_error(errno, fmt::format("write '{}' into the folder", spot->name),
                       (place_ / path).parent_path());
  return std::move(*spot);
}

FileStatus TreeWriter::create(const Spot& spot, const std::string& name,
                              const Plan::Item& item) const {
  if (item.mode == Mode::link) {
    make_link(spot, name, item);
    counter_.add_file(0);
    return {};
  }
  // An executable has other permissions than the store's file: it cannot share its inode.
  if (mode_ == LinkMode::hardlink && item.mode == Mode::file)
    if (const auto linked = link_to_store(spot, name, item)) {
      counter_.add_file(item.size_bytes);
      return *linked;
    }
  const unsigned mode = item.mode == Mode::executable ? 0777 : 0666;
  auto file = open_inside(spot.folder, name, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file) throw system_error(ENOENT, "make", name);
  if (mode_ == LinkMode::reflink && clone(repository_.store().file(item.digest), *file)) {
    counter_.add_file(item.size_bytes);
  } else {
    repository_.store().copy_to(item.digest, *file, &counter_);
    counter_.add({.files = 1});
  }
  return status_of(*file);
}

void TreeWriter::make_link(const Spot& spot, const std::string& name,
                           const Plan::Item& item) const {
  const auto target = repository_.store().read(item.digest, kMaxLinkBytes);
  if (::symlinkat(target.c_str(), spot.folder.descriptor(), name.c_str()) != 0)
    throw system_error(errno, "make the link", name);
}

/// Nothing when the store lies on another file system, or the file has too many names already.
std::optional<FileStatus> TreeWriter::link_to_store(const Spot& spot, const std::string& name,
                                                    const Plan::Item& item) const {
  const auto source = repository_.store().file(item.digest);
  if (::linkat(AT_FDCWD, source.c_str(), spot.folder.descriptor(), name.c_str(), 0) == 0)
    return status_of(source);
  if (errno == EXDEV || errno == EMLINK || errno == EPERM) return std::nullopt;
  throw system_error(errno, "link", name);
}

void make_folder(const File& root, const std::string& path) {
  const auto spot = spot_inside(root, path);
  if (!spot ||
      (::mkdirat(spot->folder.descriptor(), spot->name.c_str(), 0777) != 0 && errno != EEXIST))
    throw system_error(spot ? errno : ENOENT, "make the folder", path);
}

Plan::Item file_item(Repository& repository, const Digest& digest, bool executable) {
  return {.path = {},
          .mode = executable ? Mode::executable : Mode::file,
          .size_bytes = repository.store().size_bytes(digest),
          .digest = digest};
}

FileAmount amount_of(const std::vector<Plan::Item>& items) {
  FileAmount amount{.files = items.size()};
  for (const auto& item : items) amount.size_bytes += item.size_bytes;
  return amount;
}

}  // namespace mlo::workspace
