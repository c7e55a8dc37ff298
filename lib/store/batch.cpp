#include <algorithm>

#include <fcntl.h>

#include "mlo/core/error.h"
#include "mlo/core/thread.h"
#include "mlo/store/object_store.h"
#include "store/chunk_list.h"
#include "store/chunker.h"
#include "store/large_file.h"
#include "store/loose.h"
#include "store/pack_writer.h"
#include "store/rewrite.h"
#include "store/store_lock.h"
#include "store/verified_contents.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr mode_t kObjectMode = 0444;
// What a writer keeps in memory is the index of its pack: some 130 bytes an object.
constexpr std::uint64_t kMaxPackObjects = 150'000;
constexpr std::uint64_t kMaxPackBytes = 4ULL << 30U;

Error changed(const fs::path& file) {
  return Error(ErrorKind::conflict, "'{}' changed while it was read", file.string())
      .hint("run the command again when nothing writes to it");
}

/// What tells that a file is still the one that was looked at. Reading changes neither.
bool same_state(const FileStatus& left, const FileStatus& right) {
  return left.type == right.type && left.size_bytes == right.size_bytes &&
         left.modified_ns == right.modified_ns && left.inode == right.inode;
}

}  // namespace

class Batch::Writer {
 public:
  explicit Writer(ObjectStore& store)
      : store_(store), lock_(store.folder(), StoreLock::Mode::shared), loose_(store.folder()) {
    // From here on nothing goes away: what is known now may be counted on.
    store_.packs().reload();
  }

  Digest add(BytesView content) {
    if (content.size() <= kMaxPlainBytes) return add_plain(content);
    std::vector<Chunk> chunks;
    for (auto rest = content; !rest.empty();) {
      const auto piece = rest.first(first_chunk(rest));
      chunks.push_back({add_plain(piece), static_cast<std::uint32_t>(piece.size())});
      rest = rest.subspan(piece.size());
    }
    return add_list({Digest::of(content), content.size(), std::move(chunks)});
  }

  Digest add_file(const fs::path& path, const FileStatus& expected, Layout layout,
                  FileCounter* counter) {
    auto input = File::open(path, O_RDONLY | O_NOFOLLOW);
    const bool small = layout == Layout::packed && expected.size_bytes <= kMaxPlainBytes;
    const auto digest = small                     ? add_small(input, path, expected)
                        : layout == Layout::whole ? add_whole(input, counter)
                                                  : add_large(input, expected, counter);
    if (small && counter != nullptr) counter->add({.size_bytes = expected.size_bytes});
    if (!same_state(status_of(input), expected)) throw changed(path);
    return digest;
  }

  void commit() {
    const bool wrote = pack_.with([&](auto& pack) {
      const bool there = pack != nullptr;
      seal(pack);
      return there;
    });
    shards_.with([](std::vector<fs::path>& shards) {
      for (const auto& shard : shards) sync_folder(shard);
      shards.clear();
    });
    if (!wrote || !has_many_small_packs(store_)) return;
    const FileLock one_at_a_time(store_.folder() / "seal", kSealPatienceMs);
    merge_small_packs(store_);
  }

  [[nodiscard]] ObjectStore& store() { return store_; }

  /// Puts a file of its own in its place.
  void place_whole(Pending& pending, File& output, const Digest& digest) {
    const auto target = loose_path(store_.folder(), digest);
    if (status_of(target)) return;
    output.sync();
    make_folder(target.parent_path());
    loose_.add(digest);
    store_.world().before_step("object.rename");
    pending.place(target);
    shards_.with([&](std::vector<fs::path>& shards) {
      if (std::ranges::find(shards, target.parent_path()) == shards.end())
        shards.push_back(target.parent_path());
      if (std::ranges::find(shards, store_.folder()) == shards.end())
        shards.push_back(store_.folder());
    });
  }

 private:
  using Pack = std::unique_ptr<PackWriter>;

  [[nodiscard]] bool is_stored(const Digest& digest) const {
    return store_.packs().find_known(digest) ||
           (loose_.may_hold(digest) && status_of(loose_path(store_.folder(), digest)));
  }

  Digest add_plain(BytesView content) {
    const auto digest = Digest::of(content);
    if (is_known(digest)) return digest;
    thread_local Bytes buffer;
    const auto small = compress(content, buffer);
    const auto payload = small.value_or(content);
    put({small ? Encoding::zstd : Encoding::raw, content.size(), payload.size(), digest}, payload);
    return digest;
  }

  Digest add_small(File& input, const fs::path& path, const FileStatus& expected) {
    thread_local Bytes buffer(kMaxPlainBytes + 1);
    // One byte more than there should be: what grew is noticed by the same read, and what did not
    // needs no further one to find its end.
    std::size_t size = 0;
    const auto room = std::span(buffer).first(expected.size_bytes + 1);
    while (const auto count = input.read(room.subspan(size))) {
      size += count;
      if (size == expected.size_bytes) break;
    }
    if (size != expected.size_bytes) throw changed(path);
    return add_plain(room.first(size));
  }

  Digest add_large(File& input, const FileStatus& expected, FileCounter* counter) {
    const VerifiedContents contents(store_.world());
    auto code = contents.code(expected.size_bytes);
    const auto keep = [&](BytesView content) {
      const auto digest = add_plain(content);
      if (counter != nullptr) counter->add({.size_bytes = content.size()});
      return digest;
    };
    const auto digest = add_list(cut_into_chunks(input, keep, code ? &code->mac : nullptr));
    if (code) contents.remember(digest, std::move(*code));
    return digest;
  }

  Digest add_list(const ChunkedFile& file) {
    if (is_known(file.digest)) return file.digest;
    const auto list = encode_chunk_list(file.chunks);
    put({Encoding::chunks, file.size_bytes, list.size(), file.digest}, list);
    return file.digest;
  }

  Digest add_whole(File& input, FileCounter* counter) {
    Pending pending(store_.folder(), "tmp-", store_.world());
    auto output = File::open(pending.path(), O_WRONLY | O_CREAT | O_EXCL, kObjectMode);
    const auto digest = pump(input, [&](BytesView piece) {
      output.write_all(piece);
      if (counter != nullptr) counter->add({.size_bytes = piece.size()});
    });
    place_whole(pending, output, digest);
    return digest;
  }

  bool is_known(const Digest& digest) {
    return pack_.with([&](const Pack& pack) { return pack && pack->contains(digest); }) ||
           is_stored(digest);
  }

  void put(const RecordHeader& header, BytesView payload) {
    pack_.with([&](Pack& pack) {
      if (!pack) pack = std::make_unique<PackWriter>(store_.folder(), store_.world());
      if (pack->contains(header.digest)) return;  // another thread was faster
      pack->append(header, payload);
      if (pack->count() >= kMaxPackObjects || pack->size_bytes() >= kMaxPackBytes) seal(pack);
    });
  }

  /// One writer at a time looks at what the others have sealed, so that each object is there once.
  void seal(Pack& pack) {
    if (!pack) return;
    const FileLock one_at_a_time(store_.folder() / "seal", kSealPatienceMs);
    store_.packs().reload();
    pack->seal(
        [this](const Digest& digest) { return store_.packs().find_known(digest).has_value(); });
    pack.reset();
    store_.packs().reload();
    store_.packs().let_go();
  }

  static constexpr int kSealPatienceMs = 60'000;
  ObjectStore& store_;
  StoreLock lock_;
  LooseShards loose_;  ///< as they were then, and those that this writer made
  Guarded<Pack> pack_;
  Guarded<std::vector<fs::path>> shards_;  ///< folders with new names, not yet durable
};

Batch::Batch(ObjectStore& store) : writer_(std::make_unique<Writer>(store)) {}
Batch::~Batch() = default;

Digest Batch::add(BytesView content) {
  return writer_->add(content);
}

Digest Batch::add_file(const fs::path& file, Layout layout) {
  const auto status = status_of(file);
  if (!status) throw Error(ErrorKind::not_found, "no file '{}'", file.string());
  return writer_->add_file(file, *status, layout, nullptr);
}

Digest Batch::add_file(const fs::path& file, const FileStatus& expected, Layout layout,
                       FileCounter* counter) {
  return writer_->add_file(file, expected, layout, counter);
}

void Batch::commit() {
  writer_->commit();
}

struct Incoming::State {
  explicit State(Batch::Writer& into) : writer(into) {}

  void spill() {
    pending.emplace(writer.store().folder(), "tmp-", writer.store().world());
    output = File::open(pending->path(), O_WRONLY | O_CREAT | O_EXCL, kObjectMode);
    output.write_all(held);
    held = {};
  }

  Batch::Writer& writer;
  Hasher hasher;
  Bytes held;  ///< while it may still be small
  std::optional<Pending> pending;
  File output;
};

Incoming::Incoming(Batch& batch) : state_(std::make_unique<State>(*batch.writer_)) {}
Incoming::~Incoming() = default;

void Incoming::write(BytesView piece) {
  state_->hasher.update(piece);
  if (!state_->pending && state_->held.size() + piece.size() <= kMaxPlainBytes) {
    state_->held.insert(state_->held.end(), piece.begin(), piece.end());
    return;
  }
  if (!state_->pending) state_->spill();
  state_->output.write_all(piece);
}

Digest Incoming::finish() {
  if (!state_->pending) return state_->writer.add(state_->held);
  const auto digest = state_->hasher.finish();
  state_->writer.place_whole(*state_->pending, state_->output, digest);
  return digest;
}

}  // namespace mlo::store
