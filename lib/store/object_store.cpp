#include "mlo/store/object_store.h"

#include <algorithm>
#include <mutex>
#include <variant>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/thread.h"
#include "store/chunk_list.h"
#include "store/large_file.h"
#include "store/loose.h"
#include "store/pack.h"
#include "store/verified_contents.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kObjectMode = 0444;
constexpr std::size_t kChunksAtOnce = 8;  // half a MiB: written while a core still has it at hand
constexpr std::size_t kWindow = 6;
constexpr std::size_t kPieceBytes = 1U << 18U;

Error missing(const Digest& digest) {
  return Error(ErrorKind::not_found, "object {} is not in the store", digest.text())
      .hint("track the file again, or run the step that made it: mlo train --force");
}

Error damaged(const Digest& digest, const fs::path& file) {
  return Error(ErrorKind::integrity, "object {} is damaged: '{}' has other bytes", digest.text(),
               file.string())
      .hint("mlo fsck --repair brings back what a working copy or another store has");
}

using Place = std::variant<std::monostate, fs::path, Packs::Found>;

Place locate(const ObjectStore& store, const Digest& digest) {
  if (auto found = store.packs().find_known(digest)) return std::move(*found);
  auto loose = loose_path(store.folder(), digest);
  if (const auto status = status_of(loose); status && status->type == FileStatus::Type::file)
    return loose;
  if (auto found = store.packs().find(digest)) return std::move(*found);
  return std::monostate{};
}

Place locate_or_throw(const ObjectStore& store, const Digest& digest) {
  auto place = locate(store, digest);
  if (std::holds_alternative<std::monostate>(place)) throw missing(digest);
  return place;
}

/// Content of a plain record, compared with its digest.
Bytes plain_content(const Packs::Found& found) {
  auto bytes = found.pack->content(found.entry);
  const auto& digest = found.entry.header.digest;
  if (Digest::of(bytes) != digest) throw damaged(digest, found.pack->file());
  return bytes;
}

struct Stretch {
  std::uint64_t offset = 0;
  Bytes bytes;
};

/// The content of an object, stretch by stretch and verified: `take` sees each on any thread and in
/// any order, and all of them again when what was remembered of the object did not recognize it.
class Reader {
 public:
  using Take = std::function<void(const Stretch&)>;

  Reader(const ObjectStore& store, const Digest& digest, Take take)
      : store_(store), digest_(digest), contents_(store.world()), take_(std::move(take)) {}

  void run() const {
    const auto place = locate_or_throw(store_, digest_);
    if (const auto* file = std::get_if<fs::path>(&place)) return whole(*file);
    const auto& found = std::get<Packs::Found>(place);
    if (found.entry.header.encoding != Encoding::chunks) return take_({0, plain_content(found)});
    const bool told = contents_.tells(digest_, found.entry.header.content_bytes,
                                      [&](const Check& check) { chunked(found, check); });
    if (!told) throw damaged(digest_, found.pack->file());
  }

  /// An object that is kept as a file of its own.
  void whole(const fs::path& file) const {
    auto input = File::open(file, O_RDONLY);
    const auto size_bytes = status_of(input).size_bytes;
    const bool told = contents_.tells(digest_, size_bytes, [&](const Check& check) {
      for (Stretch stretch;; stretch.offset += stretch.bytes.size()) {
        stretch.bytes.resize(kPieceBytes);
        stretch.bytes.resize(input.read_at(stretch.bytes, stretch.offset));
        if (stretch.bytes.empty()) return;
        take_(stretch);
        check(stretch.bytes);
      }
    });
    if (!told) throw damaged(digest_, file);
  }

 private:
  using Check = std::function<void(BytesView)>;

  void chunked(const Packs::Found& found, const Check& check) const {
    const auto& header = found.entry.header;
    const auto chunks = decode_chunk_list(found.pack->payload(found.entry), header.content_bytes);
    std::vector<std::uint64_t> offsets{0};
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (i > 0 && i % kChunksAtOnce == 0) offsets.push_back(offsets.back());
      offsets.back() += chunks[i].size_bytes;
    }
    offsets.insert(offsets.begin(), 0);  // where each stretch begins, and the end
    Guarded<std::vector<Bytes>> spare;
    // The chunks need no digests of their own here: the check of the whole covers all of them.
    ordered_map(
        offsets.size() - 1, helper_threads(), kWindow,
        [&](std::size_t index) {
          Stretch stretch{offsets[index], spare.with([](auto& all) { return take_last(all); })};
          stretch.bytes.resize(offsets[index + 1] - offsets[index]);
          const auto begin = index * kChunksAtOnce;
          const auto count = std::min(kChunksAtOnce, chunks.size() - begin);
          fill(std::span(chunks).subspan(begin, count), stretch.bytes);
          take_(stretch);
          return std::move(stretch.bytes);
        },
        [&](Bytes bytes) {
          check(bytes);
          spare.with([&](auto& all) { all.push_back(std::move(bytes)); });
        });
  }

  /// Memory that was in use before costs no page faults.
  static Bytes take_last(std::vector<Bytes>& all) {
    if (all.empty()) return {};
    auto last = std::move(all.back());
    all.pop_back();
    return last;
  }

  void fill(std::span<const Chunk> chunks, std::span<std::byte> out) const {
    for (const auto& chunk : chunks) {
      const auto found = store_.packs().find(chunk.digest);
      if (!found || found->entry.header.encoding == Encoding::chunks) throw missing_chunk(chunk);
      if (found->entry.header.content_bytes != chunk.size_bytes)
        throw damaged(chunk.digest, found->pack->file());
      found->pack->content(found->entry, out.first(chunk.size_bytes));
      out = out.subspan(chunk.size_bytes);
    }
  }
  [[nodiscard]] Error missing_chunk(const Chunk& chunk) const {
    return Error(ErrorKind::integrity, "object {} is damaged: its chunk {} is missing",
                 digest_.text(), chunk.digest.text())
        .hint("mlo fsck --repair brings back what a working copy or another store has");
  }

  const ObjectStore& store_;
  Digest digest_;
  VerifiedContents contents_;
  Take take_;
};

}  // namespace

ObjectStore::ObjectStore(fs::path folder, const World& world)
    : folder_(std::move(folder)), world_(&world), packs_(std::make_unique<Packs>(folder_)) {}

ObjectStore::~ObjectStore() = default;

bool ObjectStore::contains(const Digest& digest) const {
  return !std::holds_alternative<std::monostate>(locate(*this, digest));
}

std::uint64_t ObjectStore::size_bytes(const Digest& digest) const {
  const auto place = locate_or_throw(*this, digest);
  if (const auto* found = std::get_if<Packs::Found>(&place))
    return found->entry.header.content_bytes;
  const auto status = status_of(std::get<fs::path>(place));
  if (!status) throw missing(digest);
  return status->size_bytes;
}

std::string ObjectStore::read(const Digest& digest, std::uint64_t max_bytes) const {
  // Before memory is taken: the size is a claim of the store's files, the limit is the caller's.
  const auto size_bytes = this->size_bytes(digest);
  if (size_bytes > max_bytes)
    throw Error(ErrorKind::bad_input, "object {} is larger than {} bytes", digest.text(),
                max_bytes);
  // It grows by what is there, not by what a header claims.
  std::string content;
  std::mutex one_at_a_time;
  Reader(*this, digest, [&](const Stretch& stretch) {
    const auto end = stretch.offset + stretch.bytes.size();
    // A whole file may have grown since.
    if (end > size_bytes) throw damaged(digest, folder_);
    const std::lock_guard lock(one_at_a_time);
    if (end > content.size()) content.resize(end);
    std::ranges::copy(text_of(stretch.bytes),
                      content.begin() + static_cast<std::ptrdiff_t>(stretch.offset));
  }).run();
  return content;
}

fs::path ObjectStore::file(const Digest& digest) const {
  auto target = loose_path(folder_, digest);
  if (status_of(target)) {
    Reader(*this, digest, [](const Stretch&) {}).whole(target);
    return target;
  }
  if (!contains(digest)) throw missing(digest);
  Pending pending(folder_, "tmp-", *world_);
  auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, kObjectMode);
  copy_to(digest, output);
  output.sync();
  make_folder(target.parent_path());
  world_->before_step("object.rename");
  pending.place(target);
  sync_folder(target.parent_path());
  return target;
}

void ObjectStore::copy_to(const Digest& digest, File& output, FileCounter* counter) const {
  // The kernel lets one thread at a time write to a file, and others spin meanwhile.
  std::mutex one_at_a_time;
  Reader(*this, digest, [&](const Stretch& stretch) {
    {
      const std::lock_guard lock(one_at_a_time);
      output.write_at(stretch.bytes, stretch.offset);
    }
    if (counter != nullptr) counter->add({.size_bytes = stretch.bytes.size()});
  }).run();
}

void ObjectStore::restore(const Digest& digest, const fs::path& target, bool executable) const {
  if (!contains(digest)) throw missing(digest);
  Pending pending(target.parent_path(), ".mlo-restore-", *world_);
  auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, executable ? 0777 : 0666);
  copy_to(digest, output);
  output.close();
  world_->before_step("restore.rename");
  pending.place(target);
}

std::vector<Digest> ObjectStore::list() const {
  std::vector<Digest> all;
  packs_->reload();
  for (const auto& pack : packs_->all())
    for (std::uint64_t i = 0; i < pack->count(); ++i) all.push_back(pack->at(i).header.digest);
  for_each_loose(folder_, [&](const Digest& digest, const fs::path&) { all.push_back(digest); });
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace mlo::store
