#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/thread.h"
#include "mlo/workspace/snapshot.h"
#include "workspace/ignore.h"
#include "workspace/inside.h"
#include "workspace/link_mode.h"
#include "workspace/plan.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using Mode = store::TreeEntry::Mode;
constexpr int kThreads = 4;
constexpr std::size_t kMaxLinkBytes = 4096;
constexpr std::size_t kNameBytes = 6;

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

/// Writes files below one open folder. Nothing is written through a link, whoever puts one there.
class Writer {
 public:
  Writer(Repository& repository, const File& folder)
      : repository_(repository), mode_(link_mode(repository)), folder_(folder) {}

  /// A file that is not there yet.
  FileStatus create(const std::string& path, const Plan::Item& item) {
    const auto spot = spot_of(path);
    return create(spot, spot.name, item);
  }

  /// In place of what is there: the old or the new file, never a mixture.
  FileStatus replace(const std::string& path, const Plan::Item& item) {
    const auto spot = spot_of(path);
    const int folder = spot.folder.descriptor();
    const auto temporary = fmt::format(".mlo-restore-{}", random_hex(world(), kNameBytes));
    try {
      const auto status = create(spot, temporary, item);
      world().before_step("restore.rename");
      if (::renameat(folder, temporary.c_str(), folder, spot.name.c_str()) != 0)
        throw system_error(errno, "rename to", path);
      return status;
    } catch (...) {
      ::unlinkat(folder, temporary.c_str(), 0);
      throw;
    }
  }

 private:
  [[nodiscard]] Spot spot_of(const std::string& path) const {
    auto spot = spot_inside(folder_, path);
    if (!spot) throw system_error(ENOENT, "make", path);
    return std::move(*spot);
  }
  FileStatus create(const Spot& spot, const std::string& name, const Plan::Item& item) {
    if (item.mode == Mode::link) {
      make_link(spot, name, item);
      return {};
    }
    // An executable has other permissions than the store's file: it cannot share its inode.
    if (mode_ == LinkMode::hardlink && item.mode == Mode::file)
      if (const auto linked = link_to_store(spot, name, item)) return *linked;
    const unsigned mode = item.mode == Mode::executable ? 0777 : 0666;
    auto file = open_inside(spot.folder, name, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file) throw system_error(ENOENT, "make", name);
    if (mode_ != LinkMode::reflink || !clone(repository_.store().file(item.digest), *file))
      repository_.store().copy_to(item.digest, *file);
    return status_of(*file);
  }
  void make_link(const Spot& spot, const std::string& name, const Plan::Item& item) {
    const auto target = repository_.store().read(item.digest, kMaxLinkBytes);
    if (::symlinkat(target.c_str(), spot.folder.descriptor(), name.c_str()) != 0)
      throw system_error(errno, "make the link", name);
  }
  /// Nothing when the store lies on another file system, or the file has too many names already.
  std::optional<FileStatus> link_to_store(const Spot& spot, const std::string& name,
                                          const Plan::Item& item) {
    const auto source = repository_.store().file(item.digest);
    if (::linkat(AT_FDCWD, source.c_str(), spot.folder.descriptor(), name.c_str(), 0) == 0)
      return status_of(source);
    if (errno == EXDEV || errno == EMLINK || errno == EPERM) return std::nullopt;
    throw system_error(errno, "link", name);
  }
  [[nodiscard]] const World& world() const { return repository_.world(); }

  Repository& repository_;
  LinkMode mode_;
  const File& folder_;
};

/// Makes a folder that is not there yet; another may have been faster.
void make_folder(const File& root, const std::string& path) {
  const auto spot = spot_inside(root, path);
  if (!spot ||
      (::mkdirat(spot->folder.descriptor(), spot->name.c_str(), 0777) != 0 && errno != EEXIST))
    throw system_error(spot ? errno : ENOENT, "make the folder", path);
}

/// What is not what it should be goes; a link is removed, never followed.
void clear_unless(const File& root, const std::string& path, FileStatus::Type wanted) {
  const auto spot = spot_inside(root, path);
  const auto status = spot ? status_in(spot->folder, spot->name.c_str()) : std::nullopt;
  if (status && status->type != wanted) remove_inside(root, path);
}

class Restorer {
 public:
  Restorer(Repository& repository, const RepoPath& path, const std::stop_token& stop)
      : repository_(repository),
        path_(path),
        stop_(stop),
        spot_(make_way_inside(File::open(repository.root(), O_RDONLY | O_DIRECTORY), path.text())) {
  }

  void file(const Digest& digest, bool executable) {
    clear_unless(spot_.folder, spot_.name, FileStatus::Type::file);
    Writer writer(repository_, spot_.folder);
    const Plan::Item item{.mode = executable ? Mode::executable : Mode::file, .digest = digest};
    written_[path_.text()] = {writer.replace(spot_.name, item), digest};
    remember();
  }

  void folder(const Digest& digest) {
    const auto plan = plan_of(repository_.store(), digest);
    clear_unless(spot_.folder, spot_.name, FileStatus::Type::folder);
    if (const auto target = open_inside(spot_.folder, spot_.name, O_RDONLY | O_DIRECTORY))
      update(plan, *target);
    else
      build(plan);
    remember();
  }

 private:
  /// A folder that is not there is made elsewhere and put in place at once.
  void build(const Plan& plan) {
    const auto workshop = repository_.folder() / "tmp";
    if (const auto status = status_of(workshop); status && status->type == FileStatus::Type::link)
      throw Error(ErrorKind::not_allowed, "'{}' is a symbolic link: nothing is written through it",
                  workshop.string())
          .hint("replace it by a real folder");
    fs::create_directories(workshop);
    const TemporaryFolder scratch(workshop, repository_.world());
    const auto made = scratch.path() / "made";
    fs::create_directory(made);
    const auto target = File::open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    for (const auto& folder : plan.folders) make_folder(target, folder.path);
    write(plan.files, target,
          [](Writer& writer, const Plan::Item& item) { return writer.create(item.path, item); });
    repository_.world().before_step("restore.rename");
    if (::renameat(AT_FDCWD, made.c_str(), spot_.folder.descriptor(), spot_.name.c_str()) != 0)
      throw system_error(errno, "rename to", path_.text());
  }

  /// Only what differs is written; what is not part of the tree goes.
  void update(const Plan& plan, const File& target) {
    Scanner scanner(repository_, Scanner::Keep::digests_only, stop_);
    scanner.keep_entries();
    scanner.scan(path_);
    std::unordered_map<std::string, std::pair<Mode, Digest>> present;
    scanner.for_each_file([&](const std::string& path, const ScannedFolder::Entry& entry) {
      present.emplace(path.substr(path_.text().size() + 1), std::pair(entry.mode, entry.digest));
    });
    remove_what_is_left_over(plan, target);
    for (const auto& folder : plan.folders) {
      clear_unless(target, folder.path, FileStatus::Type::folder);
      make_folder(target, folder.path);
    }
    std::vector<Plan::Item> others;
    for (const auto& item : plan.files) {
      const auto found = present.find(item.path);
      if (found == present.end() || found->second != std::pair(item.mode, item.digest))
        others.push_back(item);
    }
    for (const auto& item : others)
      clear_unless(target, item.path,
                   item.mode == Mode::link ? FileStatus::Type::link : FileStatus::Type::file);
    write(others, target,
          [](Writer& writer, const Plan::Item& item) { return writer.replace(item.path, item); });
  }

  void remove_what_is_left_over(const Plan& plan, const File& target) const {
    std::vector<std::string> wanted;
    for (const auto* items : {&plan.folders, &plan.files})
      for (const auto& item : *items) wanted.push_back(item.path);
    std::ranges::sort(wanted);
    std::vector<std::string> left_over;
    const auto root = File::open(repository_.root(), O_RDONLY | O_DIRECTORY);
    find_left_over(target, "", Ignores::of(root, path_.text()), wanted, left_over);
    for (const auto& path : left_over) remove_inside(target, path);
  }

  /// What tracking leaves out, restoring leaves alone.
  static void find_left_over(const File& folder, const std::string& prefix, const Ignores& ignores,
                             const std::vector<std::string>& wanted,
                             std::vector<std::string>& left_over) {
    for (const auto& name : names_in(folder)) {
      const auto status = status_in(folder, name.c_str());
      if (!status || is_private(name)) continue;
      const auto path = prefix + name;
      const bool is_folder = status->type == FileStatus::Type::folder;
      if (!std::ranges::binary_search(wanted, path)) {
        if (!ignores.ignored(name, is_folder)) left_over.push_back(path);
      } else if (is_folder) {
        if (const auto inner = open_inside(folder, name, O_RDONLY | O_DIRECTORY))
          find_left_over(*inner, path + "/", ignores.enter(name, *inner), wanted, left_over);
      }
    }
  }

  template <typename WriteOne>
  void write(const std::vector<Plan::Item>& items, const File& folder, WriteOne&& write_one) {
    Writer writer(repository_, folder);
    Guarded<std::unordered_map<std::string, Scanner::Written>> written;
    parallel_for(
        items.size(), kThreads,
        [&](std::size_t i) {
          const auto status = write_one(writer, items[i]);
          written.with([&](auto& all) {
            all.emplace(path_.text() + "/" + items[i].path,
                        Scanner::Written{status, items[i].digest});
          });
        },
        stop_);
    written_ = written.with([](auto& all) { return std::move(all); });
  }

  /// So that the next status need not read what was just written.
  void remember() {
    Scanner scanner(repository_, Scanner::Keep::digests_only, stop_);
    scanner.trust(std::move(written_));
    scanner.scan(path_);
    scanner.commit();
  }

  Repository& repository_;
  RepoPath path_;
  std::stop_token stop_;
  Spot spot_;
  std::unordered_map<std::string, Scanner::Written> written_;
};

}  // namespace

void restore_snapshot(Repository& repository, const Digest& digest, bool folder,
                      const RepoPath& path, const std::stop_token& stop, bool executable) {
  refuse_links_above(repository.root(), path);
  Restorer restorer(repository, path, stop);
  if (folder)
    restorer.folder(digest);
  else
    restorer.file(digest, executable);
}

}  // namespace mlo::workspace
