#include "store/pack_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mlo/core/error.h"

namespace mlo::store {
namespace {

constexpr std::size_t kBufferBytes = 1U << 20U;
constexpr std::uint64_t kPushBytes = 8U << 20U;
constexpr std::size_t kNameBytes = 8;
constexpr mode_t kPackMode = 0444;

/// The disk works while we read and hash: the sync at the end finds little left to do.
void start_writing([[maybe_unused]] int file, [[maybe_unused]] std::uint64_t from,
                   [[maybe_unused]] std::uint64_t size) {
#ifdef __linux__
  static_cast<void>(::sync_file_range(file, static_cast<off64_t>(from), static_cast<off64_t>(size),
                                      SYNC_FILE_RANGE_WRITE));
#endif
}

}  // namespace

PackWriter::PackWriter(std::filesystem::path folder, const World& world)
    : folder_(std::move(folder)),
      world_(&world),
      temporary_(folder_ / ("tmp-" + random_hex(world, kNameBytes))),
      file_(File::open(temporary_, O_RDWR | O_CREAT | O_EXCL, kPackMode)) {
  buffer_.reserve(kBufferBytes + RecordHeader::kSize);
  write(bytes_of(PackFormat::kHeader));
}

PackWriter::~PackWriter() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void PackWriter::append(const RecordHeader& header, BytesView payload) {
  const PackEntry entry{header, size_bytes()};
  std::array<std::byte, RecordHeader::kSize> encoded{};
  encode(header, encoded);
  write(encoded);
  write(payload);
  offsets_.emplace(header.digest, entry);
}

void PackWriter::write(BytesView bytes) {
  if (buffer_.size() + bytes.size() > kBufferBytes) flush();
  if (bytes.size() >= kBufferBytes / 2) {
    file_.write_all(bytes);
    written_ += bytes.size();
  } else {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  }
}

void PackWriter::flush() {
  file_.write_all(buffer_);
  written_ += buffer_.size();
  buffer_.clear();
  if (written_ - pushed_ < kPushBytes) return;
  start_writing(file_.descriptor(), pushed_, written_ - pushed_);
  pushed_ = written_;
}

void PackWriter::seal(const std::function<bool(const Digest&)>& elsewhere) {
  std::vector<const PackEntry*> entries;
  entries.reserve(offsets_.size());
  for (const auto& [digest, entry] : offsets_)
    if (!elsewhere(digest)) entries.push_back(&entry);
  if (entries.empty()) return;
  std::ranges::sort(entries, {}, [](const PackEntry* entry) { return entry->header.digest; });
  const auto index_offset = size_bytes();
  Hasher hasher;
  std::array<std::byte, PackFormat::kEntryBytes> encoded{};
  for (const auto* entry : entries) {
    encode(*entry, encoded);
    hasher.update(encoded);
    write(encoded);
  }
  std::array<std::byte, PackFormat::kTrailerBytes> trailer{};
  auto* at = std::ranges::copy(bytes_of(PackFormat::kIndexMagic), trailer.data()).out;
  for (const auto number : {PackFormat::kVersion, std::uint64_t{entries.size()}, index_offset}) {
    put_u64(at, number);
    at += sizeof number;
  }
  std::ranges::copy(hasher.finish().bytes(), at);
  write(trailer);
  flush();
  if (modified_ns_) {
    constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
    const timespec moment{*modified_ns_ / kNanosPerSecond, *modified_ns_ % kNanosPerSecond};
    const std::array times = {moment, moment};
    ::futimens(file_.descriptor(), times.data());
  }
  file_.sync_data();
  world_->before_step("object.rename");
  const auto target = folder_ / (random_hex(*world_, kNameBytes) + ".pack");
  if (::rename(temporary_.c_str(), target.c_str()) != 0)
    throw system_error(errno, fmt::format("rename to '{}'", target.string()));
  temporary_.clear();
  sync_folder(folder_);
}

}  // namespace mlo::store
