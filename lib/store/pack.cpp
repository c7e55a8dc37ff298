#include "store/pack.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_map>

#include <fcntl.h>
#include <sys/mman.h>

#include "mlo/core/error.h"

namespace mlo::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kNumber = sizeof(std::uint64_t);

[[noreturn]] void refuse(const fs::path& file, std::string_view why) {
  throw Error(ErrorKind::integrity, "pack '{}' is damaged: {}", file.string(), why)
      .hint("mlo fsck finds what is lost, mlo fsck --repair brings back what it can");
}

}  // namespace

void encode(const PackEntry& entry, std::span<std::byte, PackFormat::kEntryBytes> out) {
  std::ranges::fill(out, std::byte{0});
  auto* at = std::ranges::copy(entry.header.digest.bytes(), out.data()).out;
  for (const auto number : {entry.offset, entry.header.content_bytes, entry.header.stored_bytes}) {
    put_u64(at, number);
    at += kNumber;
  }
  *at = static_cast<std::byte>(entry.header.encoding);
}

PackEntry decode_pack_entry(std::span<const std::byte, PackFormat::kEntryBytes> bytes,
                            std::uint64_t end) {
  const auto* at = bytes.data() + Digest::kSize;
  PackEntry entry;
  entry.header.digest = Digest::from_bytes(bytes.first<Digest::kSize>());
  entry.offset = get_u64(at);
  entry.header.content_bytes = get_u64(at + kNumber);
  entry.header.stored_bytes = get_u64(at + 2 * kNumber);
  entry.header.encoding = static_cast<Encoding>(at[3 * kNumber]);
  if (entry.header.stored_bytes > kMaxStoredBytes || entry.offset < PackFormat::kHeader.size() ||
      entry.offset > end || end - entry.offset < RecordHeader::kSize + entry.header.stored_bytes)
    throw Error(ErrorKind::integrity, "an index entry that points outside of its pack");
  return entry;
}

Pack::Pack(fs::path file) : path_(std::move(file)), file_(File::open(path_, O_RDONLY)) {
  const auto status = status_of(file_);
  size_ = status.size_bytes;
  modified_ns_ = status.modified_ns;
  if (size_ < PackFormat::kHeader.size() + PackFormat::kTrailerBytes) refuse(path_, "too short");
  std::array<std::byte, PackFormat::kTrailerBytes> trailer{};
  const auto end = size_ - trailer.size();
  if (file_.read_at(trailer, end) != trailer.size()) refuse(path_, "no trailer");
  const auto magic = text_of(trailer).substr(0, PackFormat::kIndexMagic.size());
  if (magic != PackFormat::kIndexMagic) refuse(path_, "no trailer");
  if (get_u64(&trailer[kNumber]) != PackFormat::kVersion) refuse(path_, "an unknown version");
  count_ = get_u64(&trailer[2 * kNumber]);
  index_offset_ = get_u64(&trailer[3 * kNumber]);
  if (index_offset_ > end || count_ != (end - index_offset_) / PackFormat::kEntryBytes ||
      count_ * PackFormat::kEntryBytes != end - index_offset_)
    refuse(path_, "an index of another size");
  void* map = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file_.descriptor(), 0);
  if (map == MAP_FAILED) throw system_error(errno, "map '" + path_.string() + "'");
  map_ = static_cast<const std::byte*>(map);
}

Pack::~Pack() {
  ::munmap(const_cast<std::byte*>(map_), size_);
}

std::span<const std::byte, PackFormat::kEntryBytes> Pack::raw(std::uint64_t index) const {
  return std::span<const std::byte, PackFormat::kEntryBytes>(
      map_ + index_offset_ + index * PackFormat::kEntryBytes, PackFormat::kEntryBytes);
}

PackEntry Pack::at(std::uint64_t index) const {
  return decode_pack_entry(raw(index), index_offset_);
}

std::optional<PackEntry> Pack::find(const Digest& digest) const {
  std::uint64_t low = 0;
  std::uint64_t high = count_;
  while (low < high) {
    const auto middle = low + (high - low) / 2;
    const int order = std::memcmp(raw(middle).data(), digest.bytes().data(), Digest::kSize);
    if (order == 0) return at(middle);
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return std::nullopt;
}

/// Header and payload lie beside each other: one call reads both.
void Pack::read_payload(const PackEntry& entry, std::span<std::byte> out) const {
  std::array<std::byte, RecordHeader::kSize> header{};
  if (!file_.read_both_at(header, out, entry.offset)) refuse(path_, "it ends early");
  if (decode_record_header(header) != entry.header)
    refuse(path_, "a record that is not what the index says");
}

Bytes Pack::payload(const PackEntry& entry) const {
  Bytes payload(entry.header.stored_bytes);
  read_payload(entry, payload);
  return payload;
}

Bytes Pack::content(const PackEntry& entry) const {
  invariant(entry.header.encoding != Encoding::chunks, "a plain record");
  auto bytes = payload(entry);
  if (entry.header.encoding == Encoding::raw) return bytes;
  Bytes content(entry.header.content_bytes);
  decompress(bytes, content);
  return content;
}

void Pack::content(const PackEntry& entry, std::span<std::byte> out) const {
  invariant(entry.header.encoding != Encoding::chunks, "a plain record");
  if (entry.header.encoding == Encoding::raw) return read_payload(entry, out);
  thread_local Bytes payload;
  payload.resize(entry.header.stored_bytes);
  read_payload(entry, payload);
  decompress(payload, out);
}

void Pack::let_go() const {
  ::madvise(const_cast<std::byte*>(map_), size_, MADV_DONTNEED);
}

bool Pack::index_is_whole() const {
  const auto index = BytesView(map_ + index_offset_, count_ * PackFormat::kEntryBytes);
  const auto digest = BytesView(map_ + size_ - Digest::kSize, Digest::kSize);
  return Digest::of(index) == Digest::from_bytes(digest);
}

Packs::Packs(fs::path folder) : folder_(std::move(folder)) {}

std::shared_ptr<const Packs::List> Packs::known() {
  {
    const std::lock_guard lock(mutex_);
    if (list_) return list_;
  }
  reload();
  const std::lock_guard lock(mutex_);
  return list_;
}

bool Packs::has_changed() {
  const auto now = status_of(folder_);
  const std::lock_guard lock(mutex_);
  return now != seen_;
}

std::optional<Packs::Found> Packs::find_known(const Digest& digest) {
  const auto list = known();
  for (const auto& pack : *list)
    if (const auto entry = pack->find(digest)) return Found{pack, *entry};
  return std::nullopt;
}

std::optional<Packs::Found> Packs::find(const Digest& digest) {
  if (auto found = find_known(digest)) return found;
  if (!has_changed()) return std::nullopt;
  reload();
  return find_known(digest);
}

void Packs::let_go() {
  for (const auto& pack : *known()) pack->let_go();
}

std::vector<std::shared_ptr<const Pack>> Packs::all() {
  return *known();
}

void Packs::reload() {
  const auto seen = status_of(folder_);
  auto fresh = std::make_shared<List>();
  const std::lock_guard lock(mutex_);
  std::unordered_map<std::string, std::shared_ptr<const Pack>> open;
  if (list_)
    for (const auto& pack : *list_) open.emplace(pack->file().native(), pack);
  for (const auto& file : folder_entries(folder_)) {
    if (file.extension() != ".pack") continue;
    if (const auto old = open.find(file.native()); old != open.end()) {
      fresh->push_back(old->second);
      continue;
    }
    try {
      fresh->push_back(std::make_shared<const Pack>(file));
    } catch (const Error& error) {
      // Merged into another meanwhile (which the next look finds), or damaged: what is in it is
      // missing then, fsck names it, and every other object stays readable.
      if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::integrity) throw;
    }
  }
  // The newest first: what was written last is asked for most.
  std::ranges::sort(*fresh, std::greater{}, [](const auto& pack) { return pack->modified_ns(); });
  list_ = fresh;
  seen_ = seen;
}

}  // namespace mlo::store
