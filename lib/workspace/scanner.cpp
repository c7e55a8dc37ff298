#include "workspace/scanner.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/core/thread.h"
#include "workspace/case_collision.h"
#include "workspace/inside.h"
#include "workspace/link_mode.h"
#include "workspace/stoppable_progress.h"

namespace mlo::workspace {
namespace fs = std::filesystem;
namespace {

constexpr int kMaxThreads = 8;
constexpr std::size_t kReleasedBytes = 16U << 20U;

int walking_threads() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
}

store::TreeEntry::Mode mode_of(const FileStatus& status) {
  using Mode = store::TreeEntry::Mode;
  if (status.type == FileStatus::Type::link) return Mode::link;
  return status.executable ? Mode::executable : Mode::file;
}

std::string child(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

Error no_data(const std::string& path) {
  return Error(ErrorKind::bad_input, "'{}' is neither a file nor a folder", path)
      .hint("devices, sockets and pipes cannot be tracked");
}

}  // namespace

bool is_private(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == ".git" || lower == ".mlo";
}

bool same_stat(const FileStatus& left, const FileStatus& right) {
  return left.type == right.type && left.size_bytes == right.size_bytes &&
         left.modified_ns == right.modified_ns && left.changed_ns == right.changed_ns &&
         left.inode == right.inode;
}

Scanner::Scanner(Repository& repository, Keep keep, std::stop_token stop)
    : repository_(repository),
      index_(repository.index()),
      stop_(std::move(stop)),
      root_(File::open(repository.root(), O_RDONLY | O_DIRECTORY)) {
  static_cast<void>(repository.store());  // made here, then used on several threads
  if (link_mode(repository) != LinkMode::copy) layout_ = store::Layout::whole;
  if (keep == Keep::objects) batch_ = std::make_unique<store::Batch>(repository.store());
}

Snapshot Scanner::scan(const RepoPath& path) {
  const auto status = status_of(path.under(repository_.root()));
  if (!status)
    throw Error(ErrorKind::not_found, "no file or folder '{}'", path.text())
        .hint("mlo status lists what is tracked");
  switch (status->type) {
    case FileStatus::Type::file: return scan_file(path, *status);
    case FileStatus::Type::folder: return scan_folder(path);
    case FileStatus::Type::link:
      throw Error(ErrorKind::bad_input, "'{}' is a symbolic link", path.text())
          .hint("track what it points to, or a folder that holds the link");
    case FileStatus::Type::other: break;
  }
  throw no_data(path.text());
}

Snapshot Scanner::scan_file(const RepoPath& path, const FileStatus& status) {
  const fs::path file(path.text());
  top_ = std::make_unique<ScannedFolder>();
  top_->path = file.parent_path().string();
  top_->known = index_.find(top_->path);
  ScannedFolder::Entry entry{
      .name = file.filename().string(), .status = status, .mode = mode_of(status)};
  const auto known = top_->known ? top_->known->find(entry.name) : std::nullopt;
  const bool is_known = known && known->believed && same_stat(known->status, status) &&
                        (!batch_ || repository_.store().contains(known->digest));
  const auto written = written_.find(path.text());
  if (is_known) {
    entry.digest = known->digest;
  } else if (written != written_.end() && same_stat(written->second.status, status)) {
    entry.digest = written->second.digest;
  } else {
    StoppableProgress progress(*progress_, stop_);
    FileCounter counter(progress, "reading", {1, status.size_bytes});
    entry.digest = read(path.text(), status, counter);
  }
  entry.known = true;
  top_->entries.push_back(entry);
  if (!is_known) index_.put_file(top_->path, {entry.name, entry.mode, entry.status, entry.digest});
  return {entry.digest, false, status.size_bytes, 1};
}

Snapshot Scanner::scan_folder(const RepoPath& path) {
  top_ = std::make_unique<ScannedFolder>();
  top_->path = path.text();
  top_->ignores = Ignores::of(root_, path.text());
  parallel_walk(top_.get(), walking_threads(),
                [this](ScannedFolder* folder, const auto& more) { visit(*folder, more); });
  collect_unknown(*top_);
  read_unknown_files();
  was_freed(std::exchange(unknown_, {}).capacity() * sizeof(unknown_.front()));
  close(*top_);
  return {top_->tree, true, top_->size_bytes, top_->files};
}

void Scanner::visit(ScannedFolder& folder, const std::function<void(ScannedFolder*)>& more) {
  throw_if_stopped(stop_);
  if (folder.depth > kMaxDepth)
    throw Error(ErrorKind::bad_input, "'{}' is nested deeper than {} folders", folder.path,
                kMaxDepth);
  const auto open = open_inside(root_, folder.path, O_RDONLY | O_DIRECTORY);
  folder.gone = !open;
  if (folder.gone) return;
  folder.status = status_of(*open);
  if (folder.depth > 0)
    folder.ignores = folder.ignores.enter(fs::path(folder.path).filename().string(), *open);
  folder.known = index_.find(folder.path);
  if (!visit_known(folder, *open)) visit_unknown(folder, *open);
  for (const auto& inner : folder.folders) more(inner.get());
}

/// Where a folder has not changed, its names have not either. False when something in it has.
bool Scanner::visit_known(ScannedFolder& folder, const File& open) {
  if (!folder.known) return false;
  const auto before = folder.known->folder();
  if (!before.whole || !before.believed || !same_stat(before.status, folder.status) ||
      before.rules != folder.ignores.digest())
    return false;
  for (std::size_t i = 0; i < folder.known->count(); ++i) {
    const auto entry = folder.known->at(i);
    const std::string name(entry.name);
    if (entry.mode == Mode::folder) {
      add_folder(folder, name);
      continue;
    }
    const auto status = status_in(open, name.c_str());
    if (!entry.believed || !status || !same_stat(*status, entry.status)) {
      folder.folders.clear();
      return false;
    }
  }
  folder.as_known = true;
  return true;
}

void Scanner::visit_unknown(ScannedFolder& folder, const File& open) {
  for (const auto& name : names_in(open)) {
    if (is_private(name)) continue;
    const auto status = status_in(open, name.c_str());
    if (!status) continue;  // gone since the folder was listed
    if (!folder.ignores.ignored(name, status->type == FileStatus::Type::folder))
      add_entry(folder, open, name, *status);
  }
}

void Scanner::add_entry(ScannedFolder& folder, const File& open, const std::string& name,
                        const FileStatus& status) {
  if (status.type == FileStatus::Type::folder) {
    add_folder(folder, name);
    return;
  }
  if (status.type == FileStatus::Type::other) throw no_data(child(folder.path, name));
  ScannedFolder::Entry entry{.name = name, .status = status, .mode = mode_of(status)};
  const auto known = folder.known ? folder.known->find(name) : std::nullopt;
  if (entry.mode == Mode::link) {
    add_link(entry, open);
  } else if (known && known->believed && same_stat(known->status, status)) {
    entry.digest = known->digest;
    entry.known = true;
  } else if (const auto written = written_.find(child(folder.path, name));
             written != written_.end() && same_stat(written->second.status, status)) {
    entry.digest = written->second.digest;
    entry.known = true;
  }
  folder.entries.push_back(std::move(entry));
}

/// The link itself is data; what it points to may lie anywhere.
void Scanner::add_link(ScannedFolder::Entry& entry, const File& open) {
  std::string target(entry.status.size_bytes + 1, '\0');
  const auto size =
      ::readlinkat(open.descriptor(), entry.name.c_str(), target.data(), target.size());
  if (size < 0) throw system_error(errno, fmt::format("read the link '{}'", entry.name));
  target.resize(static_cast<std::size_t>(size));
  entry.digest = Digest::of(target);
  entry.known = true;
}

Digest Scanner::keep_link(const std::string& target) {
  return batch_ ? batch_->add(target) : Digest::of(target);
}

ScannedFolder& Scanner::add_folder(ScannedFolder& folder, const std::string& name) const {
  auto inner = std::make_unique<ScannedFolder>();
  inner->path = child(folder.path, name);
  inner->depth = folder.depth + 1;
  inner->ignores = folder.ignores;
  folder.folders.push_back(std::move(inner));
  return *folder.folders.back();
}

void Scanner::collect_unknown(ScannedFolder& folder) {
  // What is to be kept must be there: an index outlives an object that was collected.
  const auto is_missing = [&](const Digest& digest) {
    return batch_ && !repository_.store().contains(digest);
  };
  if (folder.as_known && batch_) {
    for (std::size_t i = 0; i < folder.known->count() && folder.as_known; ++i) {
      const auto entry = folder.known->at(i);
      folder.as_known = entry.mode == Mode::folder || !is_missing(entry.digest);
    }
    for (std::size_t i = 0; i < folder.known->count() && !folder.as_known; ++i)
      if (const auto entry = folder.known->at(i); entry.mode != Mode::folder)
        folder.entries.push_back(
            {std::string(entry.name), entry.status, entry.digest, entry.mode, true});
  }
  for (std::size_t i = 0; i < folder.entries.size(); ++i) {
    const auto& entry = folder.entries[i];
    if (!entry.known || is_missing(entry.digest)) unknown_.emplace_back(&folder, i);
  }
  for (const auto& inner : folder.folders) collect_unknown(*inner);
}

void Scanner::read_unknown_files() {
  FileAmount total{.files = unknown_.size()};
  for (const auto& [folder, number] : unknown_)
    total.size_bytes += folder->entries[number].status.size_bytes;
  StoppableProgress progress(*progress_, stop_);
  FileCounter counter(progress, "reading", total);
  parallel_for(
      unknown_.size(), walking_threads(),
      [&](std::size_t i) {
        const auto [folder, number] = unknown_[i];
        auto& entry = folder->entries[number];
        const auto path = child(folder->path, entry.name);
        entry.digest = entry.mode == Mode::link
                           ? keep_link(fs::read_symlink(repository_.root() / path).string())
                           : read(path, entry.status, counter);
        entry.known = true;
        counter.add({.files = 1});
      },
      stop_);
}

Digest Scanner::read(const std::string& path, const FileStatus& status, FileCounter& counter) {
  const auto file = repository_.root() / path;
  if (batch_) return batch_->add_file(file, status, layout_, &counter);
  return Digest::of_file(file, [&](std::size_t count) { counter.add({.size_bytes = count}); });
}

/// Those of a wide folder on all cores.
void Scanner::close_inner(ScannedFolder& folder) {
  constexpr std::size_t kWide = 8;
  std::erase_if(folder.folders, [](const auto& inner) { return inner->gone; });
  if (folder.folders.size() < kWide || closing_wide_.exchange(true)) {
    for (const auto& inner : folder.folders) close(*inner);
    return;
  }
  parallel_for(
      folder.folders.size(), walking_threads(), [&](std::size_t i) { close(*folder.folders[i]); },
      stop_);
  closing_wide_ = false;
}

/// Trees from the leaves up.
void Scanner::close(ScannedFolder& folder) {
  close_inner(folder);
  const bool same_folders =
      std::ranges::all_of(folder.folders, [](const auto& inner) { return inner->unchanged; });
  if (folder.as_known && same_folders) {
    folder.unchanged = true;
    const auto before = folder.known->folder();
    folder.tree = before.tree;
    folder.size_bytes = before.size_bytes;
    folder.files = before.files;
    if (!batch_ || repository_.store().contains(folder.tree)) return;
  }
  folder.size_bytes = 0;
  folder.files = 0;
  std::vector<store::TreeEntry> entries;
  const auto add = [&](Mode mode, std::uint64_t size, const Digest& digest, std::string name) {
    folder.size_bytes += size;
    entries.push_back({mode, size, digest, std::move(name)});
  };
  for (const auto& inner : folder.folders) {
    folder.files += inner->files;
    add(Mode::folder, inner->size_bytes, inner->tree, fs::path(inner->path).filename().string());
  }
  for (const auto& entry : folder.entries)
    add(entry.mode, entry.status.size_bytes, entry.digest, entry.name);
  for (std::size_t i = 0; folder.as_known && i < folder.known->count(); ++i)
    if (const auto entry = folder.known->at(i); entry.mode != Mode::folder)
      add(entry.mode, entry.status.size_bytes, entry.digest, std::string(entry.name));
  folder.files += static_cast<std::int64_t>(entries.size() - folder.folders.size());
  if (batch_) warn_of_case(folder, entries);
  const auto tree = store::encode_tree(std::move(entries));
  folder.tree = batch_ ? batch_->add(tree) : Digest::of(tree);
  remember(folder);
  if (keep_entries_) return;
  const auto bytes = folder.entries.capacity() * sizeof(ScannedFolder::Entry);
  folder.entries = {};
  was_freed(bytes);
}

/// The index takes as much as the entries give up, but elsewhere: they were made by other threads.
void Scanner::was_freed(std::size_t bytes) {
  freed_bytes_ += bytes;
  if (freed_bytes_ < kReleasedBytes) return;
  release_free_memory();
  freed_bytes_ = 0;
}

void Scanner::warn_of_case(const ScannedFolder& folder,
                           const std::vector<store::TreeEntry>& entries) const {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& entry : entries) names.push_back(entry.name);
  for (const auto& [first, second] : case_collisions(names))
    progress_->warn(fmt::format(
        "'{}' and '{}' in '{}' are one name on macOS and Windows: it cannot be checked out there",
        first, second, folder.path));
}

void Scanner::remember(const ScannedFolder& folder) {
  std::vector<IndexEntry> entries;
  std::vector<std::string> names;  // what the entries' names are views of
  names.reserve(folder.folders.size());
  for (const auto& inner : folder.folders) {
    names.push_back(fs::path(inner->path).filename().string());
    entries.push_back({.name = names.back(), .mode = Mode::folder});
  }
  for (const auto& entry : folder.entries)
    entries.push_back({entry.name, entry.mode, entry.status, entry.digest});
  for (std::size_t i = 0; folder.as_known && i < folder.known->count(); ++i)
    if (const auto entry = folder.known->at(i); entry.mode != Mode::folder)
      entries.push_back(entry);
  index_.put(folder.path,
             {.status = folder.status,
              .tree = folder.tree,
              .size_bytes = folder.size_bytes,
              .files = folder.files,
              .rules = folder.ignores.digest(),
              .whole = true},
             std::move(entries));
}

void Scanner::commit() {
  if (batch_) batch_->commit();
  index_.save(repository_.world());
}

void Scanner::for_each_file(const TakeFile& take) const {
  if (top_) for_each_file(*top_, take);
}

void Scanner::for_each_file(const ScannedFolder& folder, const TakeFile& take) const {
  for (const auto& entry : folder.entries) take(child(folder.path, entry.name), entry);
  for (std::size_t i = 0; folder.as_known && i < folder.known->count(); ++i)
    if (const auto entry = folder.known->at(i); entry.mode != Mode::folder)
      take(child(folder.path, entry.name),
           {std::string(entry.name), entry.status, entry.digest, entry.mode, true});
  for (const auto& inner : folder.folders) for_each_file(*inner, take);
}

}  // namespace mlo::workspace
