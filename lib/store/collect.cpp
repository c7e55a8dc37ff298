#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/store/maintenance.h"
#include "store/chunk_list.h"
#include "store/loose.h"
#include "store/rewrite.h"
#include "store/store_lock.h"
#include "store/verified_contents.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr int kPatienceMs = 10'000;
constexpr std::int64_t kNanosPerMicro = 1000;
// Copying a pack to save less than an eighth of it is not worth the wear.
constexpr std::uint64_t kWorthwhileShare = 8;

/// The chunks of every list that `keep` names.
std::unordered_set<Digest> chunks_of(const ObjectStore& store,
                                     const std::function<bool(const Pack&, const Digest&)>& keep) {
  std::unordered_set<Digest> chunks;
  for (const auto& pack : store.packs().all())
    for (std::uint64_t i = 0; i < pack->count(); ++i) {
      const auto entry = pack->at(i);
      if (entry.header.encoding != Encoding::chunks || !keep(*pack, entry.header.digest)) continue;
      for (const auto& chunk : decode_chunk_list(pack->payload(entry), entry.header.content_bytes))
        chunks.insert(chunk.digest);
    }
  return chunks;
}

class Sweep {
 public:
  Sweep(ObjectStore& store, const CollectOptions& options)
      : store_(store),
        options_(options),
        young_from_ns_(
            (store.world().now().microseconds - std::chrono::microseconds(options.grace).count()) *
            kNanosPerMicro) {}

  /// Chunks of what stays, and of young lists, stay.
  void close_over_chunks() {
    chunks_ = chunks_of(store_, [this](const Pack& pack, const Digest& digest) {
      return is_young(pack.modified_ns()) || options_.keep(digest);
    });
  }

  void sweep(const std::shared_ptr<const Pack>& pack) {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::vector<Digest> large;
    for (std::uint64_t i = 0; i < pack->count(); ++i) {
      const auto header = pack->at(i).header;
      if (stays(header.digest)) continue;
      if (header.encoding == Encoding::chunks) large.push_back(header.digest);
      ++objects;
      bytes += RecordHeader::kSize + PackFormat::kEntryBytes + header.stored_bytes;
    }
    collected_.kept_objects += pack->count() - objects;
    if (is_young(pack->modified_ns())) {
      collected_.kept_young += objects;
      return;
    }
    if (objects == 0 || bytes < pack->size_bytes() / kWorthwhileShare) {
      collected_.kept_objects += objects;
      return;
    }
    collected_.objects += objects;
    collected_.bytes += bytes;
    if (options_.dry_run) return;
    rewrite(store_, {pack}, [this](const Digest& digest) { return stays(digest); });
    for (const auto& digest : large) contents_.forget(digest);
  }

  void sweep_loose() {
    for_each_loose(store_.folder(), [&](const Digest& digest, const fs::path& file) {
      const auto status = status_of(file);
      if (!status) return;
      // A whole copy of what a pack has too was made for a reader; it can be made again.
      const bool spare = store_.packs().find_known(digest).has_value();
      if (stays(digest) && !spare) {
        ++collected_.kept_objects;
      } else if (is_young(status->modified_ns)) {
        ++collected_.kept_young;
      } else {
        ++collected_.objects;
        collected_.bytes += status->size_bytes;
        if (options_.dry_run) return;
        remove(file);
        if (!spare) contents_.forget(digest);
      }
    });
  }

  /// Nobody writes now: temporary files are of writers that died.
  void sweep_litter() {
    for (const auto& item : fs::directory_iterator(store_.folder())) {
      if (!item.path().filename().string().starts_with("tmp-")) continue;
      collected_.bytes += item.is_regular_file() ? item.file_size() : 0;
      if (!options_.dry_run) remove(item.path());
    }
  }

  [[nodiscard]] Collected result() const { return collected_; }

 private:
  [[nodiscard]] bool stays(const Digest& digest) const {
    return chunks_.contains(digest) || options_.keep(digest);
  }
  [[nodiscard]] bool is_young(std::int64_t modified_ns) const {
    return modified_ns >= young_from_ns_;
  }
  void remove(const fs::path& file) const {
    store_.world().before_step("object.remove");
    if (::unlink(file.c_str()) != 0)
      throw system_error(errno, fmt::format("remove '{}'", file.string()));
  }

  ObjectStore& store_;
  const CollectOptions& options_;
  VerifiedContents contents_{store_.world()};
  std::int64_t young_from_ns_;
  std::unordered_set<Digest> chunks_;
  Collected collected_;
};

}  // namespace

Collected collect(ObjectStore& store, const std::function<void()>& mark,
                  const CollectOptions& options, Progress& progress, const std::stop_token& stop) {
  const StoreLock lock(store.folder(), StoreLock::Mode::alone, kPatienceMs);
  store.packs().reload();
  mark();
  Sweep sweep(store, options);
  sweep.close_over_chunks();
  const auto packs = store.packs().all();
  for (std::size_t i = 0; i < packs.size(); ++i) {
    throw_if_stopped(stop);
    progress.advance("collecting", i, packs.size());
    sweep.sweep(packs[i]);
  }
  sweep.sweep_loose();
  sweep.sweep_litter();
  return sweep.result();
}

std::uint64_t count_dangling(const ObjectStore& store,
                             const std::function<bool(const Digest&)>& keep) {
  const auto all = store.list();
  const auto chunks =
      chunks_of(store, [&](const Pack&, const Digest& digest) { return keep(digest); });
  return static_cast<std::uint64_t>(std::ranges::count_if(
      all, [&](const Digest& digest) { return !chunks.contains(digest) && !keep(digest); }));
}

Usage usage(const ObjectStore& store) {
  Usage total;
  store.packs().reload();
  for (const auto& pack : store.packs().all()) {
    ++total.packs;
    total.objects += pack->count();
    total.stored_bytes += pack->size_bytes();
    for (std::uint64_t i = 0; i < pack->count(); ++i)
      if (const auto header = pack->at(i).header; header.encoding != Encoding::chunks)
        total.content_bytes += header.content_bytes;
  }
  for_each_loose(store.folder(), [&](const Digest&, const fs::path& file) {
    const auto status = status_of(file);
    if (!status) return;
    ++total.objects;
    total.stored_bytes += status->size_bytes;
    total.content_bytes += status->size_bytes;
  });
  return total;
}

}  // namespace mlo::store
