#include <algorithm>
#include <array>
#include <atomic>
#include <unordered_set>

#include <fcntl.h>
#include <fmt/format.h>

#include "mlo/core/error.h"
#include "mlo/core/thread.h"
#include "mlo/store/maintenance.h"
#include "store/chunk_list.h"
#include "store/large_file.h"
#include "store/loose.h"
#include "store/rewrite.h"
#include "store/walk_records.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kStretchBytes = 8U << 20U;
/// The last record of a stretch may be the largest that there is.
constexpr std::uint64_t kMaxStretchBytes = kStretchBytes + RecordHeader::kSize + kMaxStoredBytes;

/// A part of a pack that one thread reads at once, or a file that is kept whole.
struct Work {
  std::shared_ptr<const Pack> pack;
  std::vector<PackEntry> entries;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Digest digest;
  fs::path file;
};

class Verifier {
 public:
  Verifier(const ObjectStore& store, Progress& progress) : store_(store), progress_(progress) {}

  Verified run(const std::stop_token& stop) {
    store_.packs().reload();
    plan_packs();
    for_each_loose(store_.folder(), [&](const Digest& digest, const fs::path& file) {
      const auto size = status_of(file).value_or(FileStatus{}).size_bytes;
      total_ += size;
      work_.push_back({.end = size, .digest = digest, .file = file});
    });
    parallel_for(
        work_.size(), helper_threads(),
        [&](std::size_t i) {
          const auto& work = work_[i];
          if (work.pack)
            check_stretch(work);
          else
            check_loose(work);
          progress_.advance("checking", done_ += work.end - work.begin, total_);
        },
        stop);
    blame_lists();
    result_.with([&](Verified& result) {
      result.bytes_read = done_;
      std::ranges::sort(result.faults, {}, &Fault::file);
    });
    return result_.with([](Verified& result) { return std::move(result); });
  }

 private:
  void plan_packs() {
    for (const auto& file : folder_entries(store_.folder())) {
      if (file.extension() != ".pack") continue;
      try {
        plan_pack(std::make_shared<const Pack>(file));
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::not_found) continue;  // merged meanwhile
        fault({}, file, error.message());
      }
    }
  }

  void plan_pack(const std::shared_ptr<const Pack>& pack) {
    if (!pack->index_is_whole()) fault({}, pack->file(), "its index has other bytes");
    if (!begins_well(*pack)) fault({}, pack->file(), "its first bytes are others");
    const auto entries = entries_by_offset(*pack);
    total_ += pack->size_bytes();
    Work work{.pack = pack, .begin = PackFormat::kHeader.size()};
    for (const auto& entry : entries) {
      if (entry.offset - work.begin >= kStretchBytes) {
        work.end = entry.offset;
        work_.push_back(std::move(work));
        work = {.pack = pack, .begin = entry.offset};
      }
      work.entries.push_back(entry);
    }
    work.end = pack->index_offset();
    work_.push_back(std::move(work));
  }

  static bool begins_well(const Pack& pack) {
    std::array<std::byte, PackFormat::kHeader.size()> bytes{};
    auto file = File::open(pack.file(), O_RDONLY);
    return file.read_at(bytes, 0) == bytes.size() && text_of(bytes) == PackFormat::kHeader;
  }

  void check_stretch(const Work& work) {
    // Before memory is taken: a hole in a pack costs its maker nothing.
    if (work.end - work.begin > kMaxStretchBytes)
      return fault({}, work.pack->file(), "no records over a long stretch");
    Bytes bytes(work.end - work.begin);
    auto file = File::open(work.pack->file(), O_RDONLY);
    if (file.read_at(bytes, work.begin) != bytes.size())
      return fault({}, work.pack->file(), "it ends early");
    auto expected = work.entries.begin();
    const auto lost = walk_records(bytes, [&](const WalkedRecord& record) {
      const auto offset = work.begin + record.offset;
      for (; expected != work.entries.end() && expected->offset < offset; ++expected)
        fault(expected->header.digest, work.pack->file(), "its record is not where it should be");
      const bool indexed = expected != work.entries.end() && expected->offset == offset;
      if (indexed && expected->header != record.header)
        fault(expected->header.digest, work.pack->file(), "its record has another header");
      else if (!record.whole)
        fault(record.header.digest, work.pack->file(), "other bytes than its name says");
      else if (indexed)
        check_chunks(record, *work.pack);
      if (indexed) ++expected;
      count_object();
    });
    for (; expected != work.entries.end(); ++expected)
      fault(expected->header.digest, work.pack->file(), "its record cannot be read");
    if (lost) fault({}, work.pack->file(), "bytes between its records");
  }

  void check_chunks(const WalkedRecord& record, const Pack& pack) {
    if (record.header.encoding != Encoding::chunks) return;
    for (const auto& chunk : decode_chunk_list(record.payload, record.header.content_bytes))
      if (!store_.packs().find_known(chunk.digest))
        return fault(record.header.digest, pack.file(),
                     fmt::format("its chunk {} is missing", chunk.digest.text()));
  }

  /// An object of which a chunk is damaged is lost with it, though its own list is whole.
  void blame_lists() {
    std::unordered_set<Digest> damaged;
    result_.with([&](const Verified& result) {
      for (const auto& found : result.faults)
        if (found.digest != Digest()) damaged.insert(found.digest);
    });
    if (damaged.empty()) return;
    for (const auto& pack : store_.packs().all())
      for (std::uint64_t i = 0; i < pack->count(); ++i) blame_list(*pack, i, damaged);
  }

  void blame_list(const Pack& pack, std::uint64_t number,
                  const std::unordered_set<Digest>& damaged) {
    try {
      const auto entry = pack.at(number);
      const auto& header = entry.header;
      if (header.encoding != Encoding::chunks || damaged.contains(header.digest)) return;
      for (const auto& chunk : decode_chunk_list(pack.payload(entry), header.content_bytes))
        if (damaged.contains(chunk.digest))
          return fault(header.digest, pack.file(),
                       fmt::format("its chunk {} is damaged", chunk.digest.text()));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::integrity) throw;  // the walk over the records has named it
    }
  }

  void check_loose(const Work& work) {
    count_object();
    auto input = File::open(work.file, O_RDONLY);
    if (pump(input, [](BytesView) {}) != work.digest)
      fault(work.digest, work.file, "other bytes than its name says");
  }

  void fault(const Digest& digest, const fs::path& file, std::string what) {
    result_.with([&](Verified& result) {
      result.faults.push_back({digest, file, std::move(what)});
    });
  }
  void count_object() {
    result_.with([](Verified& result) { ++result.objects; });
  }

  const ObjectStore& store_;
  Progress& progress_;
  std::vector<Work> work_;
  std::uint64_t total_ = 0;
  std::atomic<std::uint64_t> done_ = 0;
  Guarded<Verified> result_;
};

}  // namespace

Verified verify(const ObjectStore& store, Progress& progress, const std::stop_token& stop) {
  if (!status_of(store.folder())) return {};
  return Verifier(store, progress).run(stop);
}

}  // namespace mlo::store
