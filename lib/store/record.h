#pragma once

#include <cstdint>
#include <optional>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"

namespace mlo::store {

/// How an object's bytes stand in a pack.
enum class Encoding : std::uint8_t {
  raw = 0,     ///< as they are
  zstd = 1,    ///< one zstd frame
  chunks = 2,  ///< a list of the objects that they are made of (`chunk_list.h`)
};

/// An object in a pack: this header, then `stored_bytes` of payload.
struct RecordHeader {
  /// `obj`, encoding (1 byte), content bytes and stored bytes (8 each, little endian), digest (32).
  static constexpr std::size_t kSize = 52;

  Encoding encoding = Encoding::raw;
  std::uint64_t content_bytes = 0;
  std::uint64_t stored_bytes = 0;
  Digest digest;

  bool operator==(const RecordHeader&) const = default;
};

/// Larger objects are chunked; also what bounds the memory that a record's decompression takes.
constexpr std::uint64_t kMaxPlainBytes = 1U << 20U;
/// A chunk list of this size speaks of a file of several TB.
constexpr std::uint64_t kMaxStoredBytes = 1ULL << 31U;

void encode(const RecordHeader& header, std::span<std::byte, RecordHeader::kSize> out);
/// Throws integrity on what `encode` would not have written.
RecordHeader decode_record_header(std::span<const std::byte, RecordHeader::kSize> bytes);

void put_u64(std::byte* out, std::uint64_t value);
std::uint64_t get_u64(const std::byte* in);

/// The bytes compressed into `buffer`, or nothing when that does not pay (a sample decides first).
/// The view is good until the buffer changes.
std::optional<BytesView> compress(BytesView content, Bytes& buffer);
/// Throws integrity when `payload` is no frame of exactly as many bytes as `out` has.
void decompress(BytesView payload, std::span<std::byte> out);

}  // namespace mlo::store
