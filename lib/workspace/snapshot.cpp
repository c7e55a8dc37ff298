#include "mlo/workspace/snapshot.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/store/tree.h"
#include "workspace/file_index.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using store::TreeEntry;

constexpr int kMaxDepth = 128;

/// A repository's own folder is no data: it is neither tracked nor touched.
bool is_private(const fs::path& name) {
  return name == ".git" || name == ".mlo";
}

enum class Keep { digests_only, objects };

/// Walks a file or folder into digests, and into objects when they are to be kept.
class Walker {
 public:
  Walker(Repository& repository, Keep keep, const std::stop_token& stop)
      : repository_(repository),
        index_(repository.ledger().database()),
        batch_(repository.store()),
        keep_(keep),
        stop_(stop),
        read_from_(repository.world().now()) {}

  Snapshot walk(const fs::path& file, const std::string& path, const FileStatus& status) {
    throw_if_stopped(stop_);
    switch (status.type) {
      case FileStatus::Type::file:
        return {file_digest(file, path, status), false, status.size_bytes, 1};
      case FileStatus::Type::folder: return walk_folder(file, path);
      case FileStatus::Type::link:
        throw Error(ErrorKind::bad_input, "'{}' is a symbolic link", path)
            .hint("track what it points to, or a folder that holds the link");
      case FileStatus::Type::other: break;
    }
    throw Error(ErrorKind::bad_input, "'{}' is neither a file nor a folder", path)
        .hint("devices, sockets and pipes cannot be tracked");
  }
  void commit() {
    batch_.commit();
    index_.save();
  }

 private:
  Digest file_digest(const fs::path& file, const std::string& path, const FileStatus& status) {
    auto known = index_.find(path, status);
    if (known && (keep_ == Keep::digests_only || repository_.store().contains(*known)))
      return *known;
    const auto digest = keep_ == Keep::objects ? batch_.add_file(file) : Digest::of_file(file);
    index_.remember(path, status, digest, read_from_);
    return digest;
  }

  Snapshot walk_folder(const fs::path& folder, const std::string& path) {
    if (std::ranges::count(path, '/') > kMaxDepth)
      throw Error(ErrorKind::bad_input, "'{}' is nested deeper than {} folders", path, kMaxDepth);
    std::vector<TreeEntry> entries;
    Snapshot total{.folder = true};
    for (const auto& item : fs::directory_iterator(folder)) {
      const auto name = item.path().filename().string();
      if (is_private(name)) continue;
      const auto entry = walk_entry(item.path(), fmt::format("{}/{}", path, name), total);
      if (entry) entries.push_back(*entry);
    }
    const auto tree = store::encode_tree(std::move(entries));
    total.digest = keep_ == Keep::objects ? batch_.add(tree) : Digest::of(tree);
    return total;
  }

  std::optional<TreeEntry> walk_entry(const fs::path& file, const std::string& path,
                                      Snapshot& total) {
    const auto status = status_of(file);
    if (!status) return std::nullopt;  // gone since the folder was listed
    TreeEntry entry{.name = file.filename().string()};
    if (status->type == FileStatus::Type::link) {
      // The link itself is data; what it points to may lie anywhere and is not followed.
      const auto target = fs::read_symlink(file).string();
      entry.mode = TreeEntry::Mode::link;
      entry.size_bytes = target.size();
      entry.digest = keep_ == Keep::objects ? batch_.add(target) : Digest::of(target);
      ++total.files;
    } else {
      const auto inner = walk(file, path, *status);
      entry.mode = inner.folder         ? TreeEntry::Mode::folder
                   : status->executable ? TreeEntry::Mode::executable
                                        : TreeEntry::Mode::file;
      entry.size_bytes = inner.size_bytes;
      entry.digest = inner.digest;
      total.files += inner.files;
    }
    total.size_bytes += entry.size_bytes;
    return entry;
  }

  Repository& repository_;
  FileIndex index_;
  store::Batch batch_;
  Keep keep_;
  std::stop_token stop_;
  Timestamp read_from_;
};

Snapshot take(Repository& repository, const RepoPath& path, Keep keep,
              const std::stop_token& stop) {
  const auto file = path.under(repository.root());
  const auto status = status_of(file);
  if (!status)
    throw Error(ErrorKind::not_found, "no file or folder '{}'", path.text())
        .hint("mlo status lists what is tracked");
  Walker walker(repository, keep, stop);
  const auto result = walker.walk(file, path.text(), *status);
  walker.commit();
  return result;
}

/// No parent of `path` may be a link: writing through it would leave the workspace.
void refuse_links_above(const fs::path& root, const RepoPath& path) {
  fs::path folder = root;
  const fs::path relative = fs::path(path.text()).parent_path();
  for (const auto& part : relative) {
    folder /= part;
    const auto status = status_of(folder);
    if (status && status->type == FileStatus::Type::link)
      throw Error(ErrorKind::not_allowed, "'{}' is a symbolic link: nothing is written through it",
                  folder.lexically_relative(root).string())
          .hint("replace it by a real folder");
  }
}

/// Removes what stands in the way. A repository inside of it is nobody's to remove.
void remove_safely(const fs::path& target) {
  if (fs::is_directory(fs::symlink_status(target)))
    for (const auto& item : fs::recursive_directory_iterator(target))
      if (is_private(item.path().filename()))
        throw Error(ErrorKind::conflict, "'{}' is in the way and holds a repository",
                    target.string())
            .hint("move it elsewhere, then run the command again");
  fs::remove_all(target);
}

class Restorer {
 public:
  Restorer(Repository& repository, const std::stop_token& stop)
      : repository_(repository), stop_(stop) {}

  void file(const Digest& digest, const fs::path& target, bool executable) {
    throw_if_stopped(stop_);
    clear_unless(target, FileStatus::Type::file);
    repository_.store().restore(digest, target, executable);
  }

  /// Reads every tree below `digest`, so that a chain without end is refused before anything is
  /// written.
  void check(const Digest& digest, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                  kMaxDepth);
    for (const auto& entry : store::decode_tree(repository_.store().read(digest)))
      if (entry.mode == TreeEntry::Mode::folder) check(entry.digest, depth + 1);
  }

  void folder(const Digest& digest, const fs::path& target) {
    throw_if_stopped(stop_);
    clear_unless(target, FileStatus::Type::folder);
    fs::create_directory(target);
    std::set<std::string> kept;
    for (const auto& entry : store::decode_tree(repository_.store().read(digest))) {
      kept.insert(entry.name);
      one(entry, target / entry.name);
    }
    for (const auto& item : fs::directory_iterator(target)) {
      const auto name = item.path().filename();
      // What tracking leaves out, restoring leaves alone.
      if (!kept.contains(name.string()) && !is_private(name)) remove_safely(item.path());
    }
  }

 private:
  void one(const TreeEntry& entry, const fs::path& target) {
    switch (entry.mode) {
      case TreeEntry::Mode::folder: return folder(entry.digest, target);
      case TreeEntry::Mode::link: {
        remove_safely(target);
        return fs::create_symlink(repository_.store().read(entry.digest, 4096), target);
      }
      case TreeEntry::Mode::file:
      case TreeEntry::Mode::executable:
        return file(entry.digest, target, entry.mode == TreeEntry::Mode::executable);
    }
  }
  /// What stands in the way and is of another kind goes; a link is removed, never followed.
  static void clear_unless(const fs::path& target, FileStatus::Type wanted) {
    const auto status = status_of(target);
    if (status && status->type != wanted) remove_safely(target);
  }

  Repository& repository_;
  std::stop_token stop_;
};

}  // namespace

Snapshot snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop) {
  return take(repository, path, Keep::digests_only, stop);
}

Snapshot store_snapshot(Repository& repository, const RepoPath& path, const std::stop_token& stop) {
  return take(repository, path, Keep::objects, stop);
}

void restore_snapshot(Repository& repository, const Digest& digest, bool folder,
                      const RepoPath& path, const std::stop_token& stop) {
  const auto target = path.under(repository.root());
  refuse_links_above(repository.root(), path);
  fs::create_directories(target.parent_path());
  Restorer restorer(repository, stop);
  if (!folder) return restorer.file(digest, target, false);
  restorer.check(digest, 0);
  restorer.folder(digest, target);
}

}  // namespace mlo::workspace
