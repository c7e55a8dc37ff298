#include "mlo/workspace/mirror.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"
#include "mlo/core/process.h"
#include "workspace/inside.h"
#include "workspace/link_mode.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxCopiedBytes = 1ULL << 20U;
constexpr int kMaxDepth = 256;

/// Installed things know the path that they were installed to.
bool is_bound_to_its_place(const fs::path& folder) {
  return folder.filename() == "node_modules" || fs::exists(folder / "pyvenv.cfg") ||
         fs::exists(folder / "conda-meta");
}

bool is_left_out(const fs::path& name) {
  return name == ".mlo" || name == ".git";
}

class Mirror {
 public:
  Mirror(const Repository& source, const std::set<std::string>& without,
         const std::stop_token& stop)
      : without_(without),
        stop_(stop),
        shares_bytes_(can_clone(source.folder() / "tmp", source.world())) {}

  void folder(const fs::path& source, const fs::path& target, const fs::path& relative,
              int depth = 0) {
    throw_if_stopped(stop_);
    if (depth > kMaxDepth)
      throw Error(ErrorKind::bad_input, "folders lie in each other too deep: '{}'",
                  source.string());
    std::set<fs::path> names;
    for (const fs::path name : names_in(File::open(source, O_RDONLY | O_DIRECTORY))) {
      const auto entry = source / name;
      if (is_left_out(name) || without_.contains((relative / name).generic_string())) continue;
      const auto status = status_of(entry);
      if (!status || status->type == FileStatus::Type::other) continue;
      names.insert(name);
      take(entry, *status, target / name, relative / name, depth);
    }
    for (const auto& entry : folder_entries(target))
      if (!names.contains(entry.filename())) fs::remove_all(entry);
  }

 private:
  void take(const fs::path& source, const FileStatus& status, const fs::path& target,
            const fs::path& relative, int depth) {
    switch (status.type) {
      case FileStatus::Type::folder:
        if (is_bound_to_its_place(source)) return link(fs::canonical(source), target);
        make_folder(target);
        return folder(source, target, relative, depth + 1);
      case FileStatus::Type::link: return link(fs::read_symlink(source), target);
      case FileStatus::Type::file: return file(source, status, target);
      case FileStatus::Type::other: return;
    }
  }

  static void make_folder(const fs::path& target) {
    const auto present = status_of(target);
    if (present && present->type == FileStatus::Type::folder) return;
    fs::remove_all(target);
    fs::create_directory(target);
  }

  static void link(const fs::path& to, const fs::path& target) {
    const auto present = status_of(target);
    if (present && present->type == FileStatus::Type::link && fs::read_symlink(target) == to)
      return;
    fs::remove_all(target);
    fs::create_symlink(to, target);
  }

  void file(const fs::path& source, const FileStatus& status, const fs::path& target) const {
    const auto present = status_of(target);
    if (present && present->type == FileStatus::Type::file &&
        present->size_bytes == status.size_bytes && present->modified_ns == status.modified_ns &&
        present->executable == status.executable)
      return;
    fs::remove_all(target);
    if (!shares_bytes_ && status.size_bytes > kMaxCopiedBytes) {
      std::error_code cannot;  // as over a border of file systems
      fs::create_hard_link(source, target, cannot);
      if (!cannot) return;
    }
    copy_bytes(source, target, status.executable ? 0755 : 0644);
    // The same time: by it the next call sees that nothing happened to the copy.
    const timespec modified{status.modified_ns / 1'000'000'000, status.modified_ns % 1'000'000'000};
    const std::array times{modified, modified};
    if (::utimensat(AT_FDCWD, target.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0)
      throw system_error(errno, "set the time of", target);
  }

  const std::set<std::string>& without_;
  const std::stop_token& stop_;
  bool shares_bytes_;
};

}  // namespace

void mirror(const Repository& source, const Repository& target,
            const std::set<std::string>& without, const std::stop_token& stop) {
  fs::create_directories(target.root());
  Mirror(source, without, stop).folder(source.root(), target.root(), {});
}

}  // namespace mlo::workspace
