#include <algorithm>
#include <cerrno>
#include <set>
#include <unordered_set>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>

#include "mlo/core/error.h"
#include "mlo/store/maintenance.h"
#include "store/loose.h"
#include "store/pack_writer.h"
#include "store/store_lock.h"
#include "store/walk_records.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr int kPatienceMs = 10'000;

/// A whole file in memory, mapped.
class Mapped {
 public:
  explicit Mapped(const fs::path& path) {
    const auto file = File::open(path, O_RDONLY);
    size_ = status_of(file).size_bytes;
    if (size_ == 0) return;
    map_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (map_ == MAP_FAILED) throw system_error(errno, fmt::format("map '{}'", path.string()));
  }
  ~Mapped() {
    if (size_ > 0) ::munmap(map_, size_);
  }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;
  [[nodiscard]] BytesView bytes() const { return {static_cast<const std::byte*>(map_), size_}; }

 private:
  void* map_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Copies each whole record of a damaged pack into a new one.
void salvage(ObjectStore& store, const fs::path& pack, const std::unordered_set<Digest>& lost) {
  const Mapped mapped(pack);
  const auto header = std::min(PackFormat::kHeader.size(), mapped.bytes().size());
  PackWriter writer(store.folder(), store.world());
  walk_records(mapped.bytes().subspan(header), [&](const WalkedRecord& record) {
    const auto& digest = record.header.digest;
    if (record.whole && !lost.contains(digest) && !writer.contains(digest))
      writer.append(record.header, record.payload);
  });
  writer.seal([](const Digest&) { return false; });
}

void move_away(const fs::path& file, const fs::path& quarantine, const World& world) {
  fs::create_directories(quarantine);
  const auto target =
      quarantine / fmt::format("{}.{}", file.filename().string(), random_hex(world, 4));
  world.before_step("quarantine.rename");
  std::error_code problem;
  fs::rename(file, target, problem);
  if (problem) throw system_error(problem.value(), fmt::format("move '{}'", file.string()));
  sync_folder(quarantine);
  sync_folder(file.parent_path());
}

}  // namespace

void quarantine(ObjectStore& store, const std::vector<Fault>& faults, const fs::path& quarantine) {
  const StoreLock lock(store.folder(), StoreLock::Mode::alone, kPatienceMs);
  std::set<fs::path> files;
  std::unordered_set<Digest> lost;
  for (const auto& fault : faults) {
    files.insert(fault.file);
    lost.insert(fault.digest);
  }
  for (const auto& file : files) {
    // First what is whole in it is safe elsewhere, then the file goes.
    if (file.extension() == ".pack") salvage(store, file, lost);
    move_away(file, quarantine, store.world());
  }
  store.packs().reload();
}

}  // namespace mlo::store
