#include <algorithm>
#include <set>
#include <utility>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "mlo/store/tree.h"
#include "mlo/workspace/lock_file.h"
#include "mlo/workspace/snapshot.h"
#include "mlo/workspace/versions.h"
#include "workspace/ignore.h"
#include "workspace/inside.h"

namespace mlo::workspace {
namespace {

// Looking for what was renamed must not make `status` slow: past these limits it says "missing".
constexpr int kMaxEntries = 20'000;
constexpr std::uint64_t kMaxHashedBytes = 256U << 20U;

struct Gone {
  Digest digest;
  bool folder = false;
  std::uint64_t size_bytes = 0;  ///< of a file
  std::set<std::string> names;   ///< directly in a folder
};

class Search {
 public:
  Search(Repository& repository, std::stop_token stop)
      : repository_(repository), lock_(read_lock_file(repository.root())), stop_(std::move(stop)) {}

  void find(std::vector<Change>& changes) {
    for (const auto& change : changes)
      if (change.change == "missing") add(change.path);
    if (gone_.empty()) return;
    const auto root = File::open(repository_.root(), O_RDONLY | O_DIRECTORY);
    walk(root, "", Ignores::of(root));
    for (const auto& found : found_) {
      const auto& from = found.first;
      const auto& target = found.second;
      const auto old = std::ranges::find_if(
          changes, [&](const Change& one) { return one.path == from && one.change == "missing"; });
      *old = {.path = target, .change = "renamed", .from = from};
      std::erase_if(changes, [&](const Change& one) {
        return one.path == target && one.change == "untracked";
      });
    }
    std::ranges::sort(changes, {}, &Change::path);
  }

 private:
  void add(const std::string& path) {
    for (const bool folder : {false, true}) {
      const auto fact = lock_.data.find(path + (folder ? "/" : ""));
      if (fact == lock_.data.end() || !repository_.store().contains(fact->second)) continue;
      Gone gone{.digest = fact->second, .folder = folder};
      if (folder)
        for (auto& entry : store::decode_tree(repository_.store().read(fact->second)))
          gone.names.insert(std::move(entry.name));
      else
        gone.size_bytes = repository_.store().size_bytes(fact->second);
      gone_.emplace(path, std::move(gone));
    }
  }

  [[nodiscard]] bool recorded(const std::string& path) const {
    return lock_.data.contains(path) || lock_.data.contains(path + "/") ||
           lock_.outputs.contains(path) || lock_.outputs.contains(path + "/");
  }

  void walk(const File& folder, const std::string& prefix, const Ignores& ignores) {
    for (const auto& name : names_in(folder)) {
      throw_if_stopped(stop_);
      if (name.starts_with('.') || ++entries_ > kMaxEntries) continue;
      const auto path = prefix + name;
      const auto status = status_in(folder, name.c_str());
      if (!status || recorded(path)) continue;
      const bool is_folder = status->type == FileStatus::Type::folder;
      if (ignores.ignored(name, is_folder)) continue;
      if (is_folder) {
        compare(path, true, 0);
        if (const auto inner = open_inside(folder, name, O_RDONLY | O_DIRECTORY))
          walk(*inner, path + "/", ignores.enter(name, *inner));
      } else if (status->type == FileStatus::Type::file) {
        compare(path, false, status->size_bytes);
      }
    }
  }

  void compare(const std::string& path, bool folder, std::uint64_t size_bytes) {
    for (auto one = gone_.begin(); one != gone_.end(); ++one) {
      const auto& gone = one->second;
      if (gone.folder != folder || gone.size_bytes != size_bytes) continue;
      const auto place = RepoPath::parse(path);
      if (folder && names_of(place) != gone.names) continue;
      if (hashed_bytes_ + size_bytes > kMaxHashedBytes) continue;
      hashed_bytes_ += size_bytes;
      if (snapshot(repository_, place, stop_).digest != gone.digest) continue;
      found_.emplace_back(one->first, path);
      gone_.erase(one);
      return;
    }
  }

  [[nodiscard]] std::set<std::string> names_of(const RepoPath& folder) const {
    const auto names =
        names_in(File::open(folder.under(repository_.root()), O_RDONLY | O_DIRECTORY));
    return {names.begin(), names.end()};
  }

  Repository& repository_;
  LockFile lock_;
  std::stop_token stop_;
  std::map<std::string, Gone> gone_;
  std::vector<std::pair<std::string, std::string>> found_;  // old path, new path
  int entries_ = 0;
  std::uint64_t hashed_bytes_ = 0;
};

}  // namespace

std::vector<Change> changes(Repository& repository, const std::stop_token& stop) {
  auto all = status(repository, stop);
  Search(repository, stop).find(all);
  return all;
}

}  // namespace mlo::workspace
