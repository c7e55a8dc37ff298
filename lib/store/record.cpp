#include "store/record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>

#include <zstd.h>

#include "mlo/core/error.h"

namespace mlo::store {
namespace {

constexpr std::array kMagic = {std::byte{'o'}, std::byte{'b'}, std::byte{'j'}};
constexpr std::size_t kBitsPerByte = 8;

// Level 1 compresses tables better than level 3 at twice its speed, and text nearly as well.
constexpr int kLevel = 1;
constexpr std::size_t kSampleBytes = 4096;
// Random bytes have 7.95 bits in a sample of this size; what is above the limit does not shrink.
constexpr double kMaxEntropyBits = 7.8;
constexpr std::size_t kMinBytes = 128;
// Reading pays for decompression: less than a sixteenth is not worth it.
constexpr std::size_t kMinGain = 16;

/// Shannon entropy of the bytes' frequencies, in bits a byte.
double entropy_bits(BytesView sample) {
  std::array<std::uint32_t, 256> counts{};
  for (const auto byte : sample) ++counts[std::to_integer<std::size_t>(byte)];
  const auto total = static_cast<double>(sample.size());
  double bits = 0;
  for (const auto count : counts)
    if (count > 0) bits -= count / total * std::log2(count / total);
  return bits;
}

bool may_shrink(BytesView content) {
  if (content.size() < kMinBytes) return false;
  const auto size = std::min(content.size(), kSampleBytes);
  // From the middle: headers at the front compress when the rest does not.
  const auto sample = content.subspan((content.size() - size) / 2, size);
  if (size < kSampleBytes) return true;
  return entropy_bits(sample) < kMaxEntropyBits;
}

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

void put_u64(std::byte* out, std::uint64_t value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    out[i] = static_cast<std::byte>(value >> (kBitsPerByte * i));
}

std::uint64_t get_u64(const std::byte* in) {
  std::uint64_t value = 0;
  for (std::size_t i = sizeof value; i-- > 0;)
    value = (value << kBitsPerByte) | std::to_integer<std::uint64_t>(in[i]);
  return value;
}

void encode(const RecordHeader& header, std::span<std::byte, RecordHeader::kSize> out) {
  auto* at = std::ranges::copy(kMagic, out.data()).out;
  *at++ = static_cast<std::byte>(header.encoding);
  put_u64(at, header.content_bytes);
  put_u64(at + sizeof(std::uint64_t), header.stored_bytes);
  std::ranges::copy(header.digest.bytes(), at + 2 * sizeof(std::uint64_t));
}

RecordHeader decode_record_header(std::span<const std::byte, RecordHeader::kSize> bytes) {
  const auto* at = bytes.data() + kMagic.size();
  RecordHeader header;
  header.encoding = static_cast<Encoding>(*at++);
  header.content_bytes = get_u64(at);
  header.stored_bytes = get_u64(at + sizeof(std::uint64_t));
  header.digest = Digest::from_bytes(bytes.last<Digest::kSize>());
  const bool plain = header.encoding != Encoding::chunks;
  if (!std::ranges::equal(kMagic, bytes.first<kMagic.size()>()) ||
      header.encoding > Encoding::chunks || header.stored_bytes > kMaxStoredBytes ||
      (plain && header.content_bytes > kMaxPlainBytes) ||
      (plain && header.stored_bytes > kMaxPlainBytes) ||
      (header.encoding == Encoding::raw && header.stored_bytes != header.content_bytes))
    throw Error(ErrorKind::integrity, "malformed record header");
  return header;
}

std::optional<BytesView> compress(BytesView content, Bytes& buffer) {
  if (!may_shrink(content)) return std::nullopt;
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> kContext(ZSTD_createCCtx());
  const auto limit = content.size() - content.size() / kMinGain;
  // A buffer that is too small stops zstd early: what does not pay is not finished.
  if (buffer.size() < limit) buffer.resize(limit);
  const auto size = ZSTD_compressCCtx(kContext.get(), buffer.data(), limit, content.data(),
                                      content.size(), kLevel);
  if (ZSTD_isError(size) != 0) return std::nullopt;
  return BytesView(buffer).first(size);
}

void decompress(BytesView payload, std::span<std::byte> out) {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> kContext(ZSTD_createDCtx());
  const auto size =
      ZSTD_decompressDCtx(kContext.get(), out.data(), out.size(), payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != out.size())
    throw Error(ErrorKind::integrity, "malformed compressed record");
}

}  // namespace mlo::store
