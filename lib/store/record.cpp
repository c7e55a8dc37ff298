#include "store/record.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>

#include <zstd.h>

#include "mlo/core/error.h"

namespace mlo::store {
namespace {

constexpr std::array kMagic = {std::byte{'o'}, std::byte{'b'}, std::byte{'j'}};
constexpr std::size_t kBitsPerByte = 8;

// Level 1 compresses tables better than level 3 at twice its speed, and text nearly as well.
constexpr int kLevel = 1;
constexpr std::size_t kSampleBytes = 2048;
// Random bytes have 7.95 bits in a sample of this size; what is above the limit does not shrink.
constexpr double kMaxEntropyBits = 7.8;
constexpr std::size_t kMinBytes = 128;
// Reading pays for decompression: less than a sixteenth is not worth it.
constexpr std::size_t kMinGain = 16;

/// n · log2(n) for every count that a sample can have.
const std::array<double, kSampleBytes + 1>& weighted_logarithms() {
  static const auto kTable = [] {
    std::array<double, kSampleBytes + 1> table{};
    for (std::size_t n = 2; n < table.size(); ++n)
      table[n] = static_cast<double>(n) * std::log2(static_cast<double>(n));
    return table;
  }();
  return kTable;
}

/// Shannon entropy of the bytes' frequencies, in bits a byte, of a whole sample:
/// log2(N) − Σ n·log2(n) / N.
double entropy_bits(std::span<const std::byte, kSampleBytes> sample) {
  // Four counters take turns: one alone would wait for itself where a byte repeats.
  std::array<std::array<std::uint16_t, 256>, 4> counts{};
  for (std::size_t i = 0; i < kSampleBytes; i += counts.size())
    for (std::size_t lane = 0; lane < counts.size(); ++lane)
      ++counts[lane][std::to_integer<std::size_t>(sample[i + lane])];
  const auto& logarithms = weighted_logarithms();
  double sum = 0;
  for (std::size_t byte = 0; byte < counts[0].size(); ++byte)
    sum += logarithms[std::size_t{counts[0][byte]} + counts[1][byte] + counts[2][byte] +
                      counts[3][byte]];
  constexpr auto kTotal = static_cast<double>(kSampleBytes);
  return std::log2(kTotal) - sum / kTotal;
}

bool may_shrink(BytesView content) {
  if (content.size() < kMinBytes) return false;
  if (content.size() < kSampleBytes) return true;
  // From the middle: headers at the front compress when the rest does not.
  const auto sample = content.subspan((content.size() - kSampleBytes) / 2);
  return entropy_bits(sample.first<kSampleBytes>()) < kMaxEntropyBits;
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
