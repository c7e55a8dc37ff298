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

/// Removes what stands in the way. A repository inside of it is nobody's to remove.
void remove_safely(const fs::path& target) {
  if (fs::is_directory(fs::symlink_status(target)))
    for (const auto& item : fs::recursive_directory_iterator(target))
      if (is_private(item.path().filename().string()))
        throw Error(ErrorKind::conflict, "'{}' is in the way and holds a repository",
                    target.string())
            .hint("move it elsewhere, then run the command again");
  fs::remove_all(target);
}

/// Writes files below one open folder. Nothing is written through a link, whoever puts one there.
class Writer {
 public:
  Writer(Repository& repository, const fs::path& folder)
      : repository_(repository),
        mode_(link_mode(repository)),
        folder_(File::open(folder, O_RDONLY | O_DIRECTORY)) {}

  /// A file that is not there yet.
  FileStatus create(const std::string& path, const Plan::Item& item) {
    if (item.mode == Mode::link) {
      make_link(path, item);
      return {};
    }
    // An executable has other permissions than the store's file: it cannot share its inode.
    if (mode_ == LinkMode::hardlink && item.mode == Mode::file)
      if (const auto linked = link_to_store(path, item)) return *linked;
    auto file = open_new(path, item);
    if (mode_ != LinkMode::reflink || !clone(repository_.store().file(item.digest), file))
      repository_.store().copy_to(item.digest, file);
    return status_of(file);
  }

  /// In place of what is there: the old or the new file, never a mixture.
  FileStatus replace(const std::string& path, const Plan::Item& item) {
    const auto temporary = fmt::format("{}.mlo-restore-{}", path, random_hex(world(), kNameBytes));
    try {
      const auto status = create(temporary, item);
      world().before_step("restore.rename");
      if (::renameat(folder_.descriptor(), temporary.c_str(), folder_.descriptor(), path.c_str()) !=
          0)
        throw system_error(errno, fmt::format("rename to '{}'", path));
      return status;
    } catch (...) {
      ::unlinkat(folder_.descriptor(), temporary.c_str(), 0);
      throw;
    }
  }

 private:
  File open_new(const std::string& path, const Plan::Item& item) {
    const unsigned mode = item.mode == Mode::executable ? 0777 : 0666;
    auto file = open_inside(folder_, path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file) throw system_error(ENOENT, fmt::format("make '{}'", path));
    return std::move(*file);
  }
  void make_link(const std::string& path, const Plan::Item& item) {
    const auto target = repository_.store().read(item.digest, kMaxLinkBytes);
    if (::symlinkat(target.c_str(), folder_.descriptor(), path.c_str()) != 0)
      throw system_error(errno, fmt::format("make the link '{}'", path));
  }
  /// Nothing when the store lies on another file system, or the file has too many names already.
  std::optional<FileStatus> link_to_store(const std::string& path, const Plan::Item& item) {
    const auto source = repository_.store().file(item.digest);
    if (::linkat(AT_FDCWD, source.c_str(), folder_.descriptor(), path.c_str(), 0) == 0)
      return status_of(source);
    if (errno == EXDEV || errno == EMLINK || errno == EPERM) return std::nullopt;
    throw system_error(errno, "link", path);
  }
  [[nodiscard]] const World& world() const { return repository_.world(); }

  Repository& repository_;
  LinkMode mode_;
  File folder_;
};

class Restorer {
 public:
  Restorer(Repository& repository, const RepoPath& path, const std::stop_token& stop)
      : repository_(repository), path_(path), target_(path.under(repository.root())), stop_(stop) {}

  void file(const Digest& digest, bool executable) {
    clear_unless(target_, FileStatus::Type::file);
    Writer writer(repository_, target_.parent_path());
    const Plan::Item item{.mode = executable ? Mode::executable : Mode::file, .digest = digest};
    written_[path_.text()] = {writer.replace(target_.filename().string(), item), digest};
    remember();
  }

  void folder(const Digest& digest) {
    const auto plan = plan_of(repository_.store(), digest);
    clear_unless(target_, FileStatus::Type::folder);
    if (status_of(target_))
      update(plan);
    else
      build(plan);
    remember();
  }

 private:
  /// A folder that is not there is made elsewhere and put in place at once.
  void build(const Plan& plan) {
    const auto workshop = repository_.folder() / "tmp";
    fs::create_directories(workshop);
    const TemporaryFolder scratch(workshop, repository_.world());
    const auto made = scratch.path() / "made";
    fs::create_directory(made);
    for (const auto& folder : plan.folders) fs::create_directory(made / folder.path);
    write(plan.files, made,
          [](Writer& writer, const Plan::Item& item) { return writer.create(item.path, item); });
    repository_.world().before_step("restore.rename");
    if (::rename(made.c_str(), target_.c_str()) != 0)
      throw system_error(errno, fmt::format("rename to '{}'", target_.string()));
  }

  /// Only what differs is written; what is not part of the tree goes.
  void update(const Plan& plan) {
    Scanner scanner(repository_, Scanner::Keep::digests_only, stop_);
    scanner.keep_entries();
    scanner.scan(path_);
    std::unordered_map<std::string, std::pair<Mode, Digest>> present;
    scanner.for_each_file([&](const std::string& path, const ScannedFolder::Entry& entry) {
      present.emplace(path.substr(path_.text().size() + 1), std::pair(entry.mode, entry.digest));
    });
    remove_what_is_left_over(plan);
    for (const auto& folder : plan.folders) {
      clear_unless(target_ / folder.path, FileStatus::Type::folder);
      fs::create_directory(target_ / folder.path);
    }
    std::vector<Plan::Item> others;
    for (const auto& item : plan.files) {
      const auto found = present.find(item.path);
      if (found == present.end() || found->second != std::pair(item.mode, item.digest))
        others.push_back(item);
    }
    for (const auto& item : others)
      clear_unless(target_ / item.path,
                   item.mode == Mode::link ? FileStatus::Type::link : FileStatus::Type::file);
    write(others, target_,
          [](Writer& writer, const Plan::Item& item) { return writer.replace(item.path, item); });
  }

  void remove_what_is_left_over(const Plan& plan) const {
    std::vector<std::string> wanted;
    for (const auto* items : {&plan.folders, &plan.files})
      for (const auto& item : *items) wanted.push_back(item.path);
    std::ranges::sort(wanted);
    std::vector<fs::path> left_over;
    const auto root = File::open(repository_.root(), O_RDONLY | O_DIRECTORY);
    find_left_over("", Ignores::of(root, path_.text()), wanted, left_over);
    for (const auto& path : left_over) remove_safely(path);
  }

  /// What tracking leaves out, restoring leaves alone.
  void find_left_over(const std::string& folder, const Ignores& ignores,
                      const std::vector<std::string>& wanted,
                      std::vector<fs::path>& left_over) const {
    for (const auto& item : fs::directory_iterator(target_ / folder)) {
      const auto name = item.path().filename().string();
      const auto path = folder.empty() ? name : folder + "/" + name;
      const bool is_folder = item.symlink_status().type() == fs::file_type::directory;
      if (is_private(name)) continue;
      if (!std::ranges::binary_search(wanted, path)) {
        if (!ignores.ignored(name, is_folder)) left_over.push_back(item.path());
      } else if (is_folder) {
        const auto open = File::open(item.path(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        find_left_over(path, ignores.enter(name, open), wanted, left_over);
      }
    }
  }

  template <typename WriteOne>
  void write(const std::vector<Plan::Item>& items, const fs::path& folder, WriteOne&& write_one) {
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

  /// What is not what it should be goes; a link is removed, never followed.
  static void clear_unless(const fs::path& target, FileStatus::Type wanted) {
    const auto status = status_of(target);
    if (status && status->type != wanted) remove_safely(target);
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
  fs::path target_;
  std::stop_token stop_;
  std::unordered_map<std::string, Scanner::Written> written_;
};

}  // namespace

void restore_snapshot(Repository& repository, const Digest& digest, bool folder,
                      const RepoPath& path, const std::stop_token& stop, bool executable) {
  refuse_links_above(repository.root(), path);
  fs::create_directories(path.under(repository.root()).parent_path());
  Restorer restorer(repository, path, stop);
  if (folder)
    restorer.folder(digest);
  else
    restorer.file(digest, executable);
}

}  // namespace mlo::workspace
