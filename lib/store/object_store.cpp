#include "mlo/store/object_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/file.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kObjectMode = 0444;
constexpr mode_t kFolderMode = 0700;
constexpr std::size_t kPieceBytes = 1U << 18U;
constexpr std::size_t kTemporaryNameBytes = 8;

/// A file that is removed unless it was moved to its place.
class Pending {
 public:
  Pending(const fs::path& folder, std::string_view prefix, const World& world)
      : path_(folder / fmt::format("{}{}", prefix, random_hex(world, kTemporaryNameBytes))) {}
  ~Pending() {
    if (!placed_) ::unlink(path_.c_str());
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  [[nodiscard]] const fs::path& path() const { return path_; }
  void place(const fs::path& target) {
    if (::rename(path_.c_str(), target.c_str()) != 0)
      throw system_error(errno, fmt::format("rename to '{}'", target.string()));
    placed_ = true;
  }

 private:
  fs::path path_;
  bool placed_ = false;
};

Error missing(const Digest& digest) {
  return Error(ErrorKind::not_found, "object {} is not in the store", digest.text())
      .hint("track the file again, or run the step that made it: mlo train --force");
}

Error damaged(const Digest& digest, const fs::path& file) {
  return Error(ErrorKind::integrity, "object {} is damaged: '{}' has other bytes", digest.text(),
               file.string())
      .hint("move that file away and track the data again, or run the step that made it");
}

File open_object(const Digest& digest, const fs::path& file) {
  try {
    return File::open(file, O_RDONLY);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) throw missing(digest);
    throw;
  }
}

/// Calls `take` with every piece of `input` and returns the digest of all.
template <typename Take>
Digest pump(File& input, Take&& take) {
  Hasher hasher;
  std::vector<std::byte> buffer(kPieceBytes);
  while (const auto count = input.read(buffer)) {
    const auto piece = std::span(buffer).first(count);
    hasher.update(piece);
    take(piece);
  }
  return hasher.finish();
}

bool same_state(const FileStatus& left, const FileStatus& right) {
  return left.size_bytes == right.size_bytes && left.modified_ns == right.modified_ns &&
         left.inode == right.inode;
}

void make_folder(const fs::path& folder) {
  if (::mkdir(folder.c_str(), kFolderMode) != 0 && errno != EEXIST)
    throw system_error(errno, fmt::format("make the folder '{}'", folder.string()));
}

}  // namespace

ObjectStore::ObjectStore(fs::path folder, const World& world)
    : folder_(std::move(folder)), world_(&world) {}

fs::path ObjectStore::place(const Digest& digest) const {
  const auto name = digest.hex();
  return folder_ / name.substr(0, 2) / name.substr(2);
}

bool ObjectStore::contains(const Digest& digest) const {
  const auto status = status_of(place(digest));
  return status && status->type == FileStatus::Type::file;
}

std::uint64_t ObjectStore::size_bytes(const Digest& digest) const {
  const auto status = status_of(place(digest));
  if (!status) throw missing(digest);
  return status->size_bytes;
}

std::string ObjectStore::read(const Digest& digest, std::uint64_t max_bytes) const {
  auto input = open_object(digest, place(digest));
  std::string content;
  const auto found = pump(input, [&](BytesView piece) {
    if (content.size() + piece.size() > max_bytes)
      throw Error(ErrorKind::bad_input, "object {} is larger than {} bytes", digest.text(),
                  max_bytes);
    content.append(text_of(piece));
  });
  if (found != digest) throw damaged(digest, place(digest));
  return content;
}

fs::path ObjectStore::file(const Digest& digest) const {
  auto input = open_object(digest, place(digest));
  if (pump(input, [](BytesView) {}) != digest) throw damaged(digest, place(digest));
  return place(digest);
}

void ObjectStore::restore(const Digest& digest, const fs::path& target, bool executable) const {
  auto input = open_object(digest, place(digest));
  Pending pending(target.parent_path(), ".mlo-restore-", *world_);
  auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, executable ? 0777 : 0666);
  const auto found = pump(input, [&](BytesView piece) { output.write_all(piece); });
  if (found != digest) throw damaged(digest, place(digest));
  output.close();
  world_->before_step("restore.rename");
  pending.place(target);
}

std::vector<Digest> ObjectStore::list() const {
  std::vector<Digest> all;
  std::error_code problem;
  for (const auto& shard : fs::directory_iterator(folder_, problem)) {
    if (!shard.is_directory()) continue;
    for (const auto& object : fs::directory_iterator(shard.path())) {
      const auto name = shard.path().filename().string() + object.path().filename().string();
      if (const auto digest = Digest::try_parse(name)) all.push_back(*digest);
    }
  }
  std::ranges::sort(all);
  return all;
}

Batch::Batch(ObjectStore& store) : store_(&store) {
  make_folder(store.folder_);
}

Digest Batch::add(BytesView content) {
  const auto digest = Digest::of(content);
  if (store_->contains(digest)) return digest;
  Pending pending(store_->folder_, "tmp-", *store_->world_);
  auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, kObjectMode);
  output.write_all(content);
  output.sync();
  keep(digest, [&](const fs::path& place) { pending.place(place); });
  return digest;
}

Digest Batch::add_file(const fs::path& file) {
  const auto before = status_of(file);
  if (!before) throw Error(ErrorKind::not_found, "no file '{}'", file.string());
  auto input = File::open(file, O_RDONLY);
  Pending pending(store_->folder_, "tmp-", *store_->world_);
  auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, kObjectMode);
  const auto digest = pump(input, [&](BytesView piece) { output.write_all(piece); });
  const auto after = status_of(file);
  if (!after || !same_state(*before, *after))
    throw Error(ErrorKind::conflict, "'{}' changed while it was read", file.string())
        .hint("run the command again when nothing writes to it");
  if (store_->contains(digest)) return digest;
  output.sync();
  keep(digest, [&](const fs::path& place) { pending.place(place); });
  return digest;
}

void Batch::keep(const Digest& digest, const std::function<void(const fs::path&)>& place_at) {
  const auto target = store_->place(digest);
  make_folder(target.parent_path());
  store_->world_->before_step("object.rename");
  place_at(target);
  if (std::ranges::find(folders_, target.parent_path()) == folders_.end())
    folders_.push_back(target.parent_path());
}

void Batch::commit() {
  if (folders_.empty()) return;
  // Only now are the names durable: each folder once, whatever the number of objects in it.
  for (const auto& folder : folders_) sync_folder(folder);
  sync_folder(store_->folder_);
  folders_.clear();
}

}  // namespace mlo::store
