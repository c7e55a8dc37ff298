#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

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
#include "workspace/stoppable_progress.h"
#include "workspace/tree_writer.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

using Mode = store::TreeEntry::Mode;

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

/// What is not what it should be goes; a link is removed, never followed.
void clear_unless(const File& root, const std::string& path, FileStatus::Type wanted) {
  const auto spot = spot_inside(root, path);
  const auto status = spot ? status_in(spot->folder, spot->name.c_str()) : std::nullopt;
  if (status && status->type != wanted) remove_inside(root, path);
}

class Restorer {
 public:
  Restorer(Repository& repository, const RepoPath& path, Progress& progress, std::stop_token stop)
      : repository_(repository),
        path_(path),
        progress_(progress),
        stop_(std::move(stop)),
        spot_(make_way_inside(File::open(repository.root(), O_RDONLY | O_DIRECTORY), path.text())) {
  }

  void file(const Digest& digest, bool executable) {
    clear_unless(spot_.folder, spot_.name, FileStatus::Type::file);
    const auto item = file_item(repository_, digest, executable);
    StoppableProgress progress(progress_, stop_);
    FileCounter counter(progress, "writing", {1, item.size_bytes});
    const auto folder = path_.under(repository_.root()).parent_path();
    const TreeWriter writer(repository_, spot_.folder, folder, link_mode(repository_), counter);
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
    write(plan.files, target, &TreeWriter::create);
    repository_.world().before_step("restore.rename");
    if (::renameat(AT_FDCWD, made.c_str(), spot_.folder.descriptor(), spot_.name.c_str()) != 0)
      throw system_error(errno, "make", path_.under(repository_.root()));
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
    write(others, target, &TreeWriter::replace);
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

  using WriteOne = FileStatus (TreeWriter::*)(const std::string&, const Plan::Item&) const;
  void write(const std::vector<Plan::Item>& items, const File& folder, WriteOne write_one) {
    StoppableProgress progress(progress_, stop_);
    FileCounter counter(progress, "writing", amount_of(items));
    const auto place = path_.under(repository_.root());
    const TreeWriter writer(repository_, folder, place, link_mode(repository_), counter);
    Guarded<std::unordered_map<std::string, Scanner::Written>> written;
    parallel_for(
        items.size(), TreeWriter::kThreads,
        [&](std::size_t i) {
          const auto status = (writer.*write_one)(items[i].path, items[i]);
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
  Progress& progress_;
  std::stop_token stop_;
  Spot spot_;
  std::unordered_map<std::string, Scanner::Written> written_;
};

}  // namespace

void restore_snapshot(Repository& repository, const Content& content, const RepoPath& path,
                      Progress& progress, const std::stop_token& stop) {
  refuse_links_above(repository.root(), path);
  Restorer restorer(repository, path, progress, stop);
  if (content.folder)
    restorer.folder(content.digest);
  else
    restorer.file(content.digest, content.executable);
}

}  // namespace mlo::workspace
