#include "store/rewrite.h"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <unistd.h>

#include "mlo/core/error.h"
#include "store/pack_writer.h"

namespace mlo::store {
namespace {

constexpr std::uint64_t kSmallPackBytes = 16U << 20U;
constexpr std::size_t kManySmallPacks = 16;

PackList small_packs(const ObjectStore& store) {
  auto packs = store.packs().all();
  std::erase_if(packs, [](const auto& pack) { return pack->size_bytes() >= kSmallPackBytes; });
  return packs;
}

void remove_pack(const ObjectStore& store, const Pack& pack) {
  store.world().before_step("pack.remove");
  if (::unlink(pack.file().c_str()) != 0 && errno != ENOENT)
    throw system_error(errno, fmt::format("remove '{}'", pack.file().string()));
}

}  // namespace

std::vector<PackEntry> entries_by_offset(const Pack& pack) {
  std::vector<PackEntry> entries;
  entries.reserve(pack.count());
  for (std::uint64_t i = 0; i < pack.count(); ++i) entries.push_back(pack.at(i));
  std::ranges::sort(entries, {}, &PackEntry::offset);
  return entries;
}

void rewrite(ObjectStore& store, const PackList& packs,
             const std::function<bool(const Digest&)>& keep) {
  PackWriter writer(store.folder(), store.world());
  std::int64_t newest = 0;
  for (const auto& pack : packs) {
    newest = std::max(newest, pack->modified_ns());
    for (const auto& entry : entries_by_offset(*pack))
      if (keep(entry.header.digest) && !writer.contains(entry.header.digest))
        writer.append(entry.header, pack->payload(entry));
  }
  writer.date_back(newest);
  writer.seal([](const Digest&) { return false; });
  // Only when the new pack is durable: a crash in between leaves objects twice, never lost.
  for (const auto& pack : packs) remove_pack(store, *pack);
  store.packs().reload();
}

bool has_many_small_packs(const ObjectStore& store) {
  return small_packs(store).size() >= kManySmallPacks;
}

void merge_small_packs(ObjectStore& store) {
  store.packs().reload();
  auto small = small_packs(store);
  if (small.size() < kManySmallPacks) return;
  // A pack with a fault is not touched: fsck has to see it.
  std::erase_if(small, [](const auto& pack) { return !pack->index_is_whole(); });
  try {
    rewrite(store, small, [](const Digest&) { return true; });
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::integrity) throw;
  }
}

}  // namespace mlo::store
