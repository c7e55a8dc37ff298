#include "store/chunk_list.h"

#include <algorithm>

#include "mlo/core/error.h"
#include "store/record.h"

namespace mlo::store {
namespace {

constexpr std::size_t kSizeBytes = sizeof(std::uint32_t);
constexpr std::size_t kItemBytes = Digest::kSize + kSizeBytes;
constexpr std::size_t kBitsPerByte = 8;

[[noreturn]] void refuse() {
  throw Error(ErrorKind::integrity, "malformed chunk list");
}

}  // namespace

Bytes encode_chunk_list(const std::vector<Chunk>& chunks) {
  Bytes bytes(chunks.size() * kItemBytes + Digest::kSize);
  auto* at = bytes.data();
  for (const auto& chunk : chunks) {
    at = std::ranges::copy(chunk.digest.bytes(), at).out;
    for (std::size_t i = 0; i < kSizeBytes; ++i)
      *at++ = static_cast<std::byte>(chunk.size_bytes >> (kBitsPerByte * i));
  }
  const auto items = BytesView(bytes).first(bytes.size() - Digest::kSize);
  std::ranges::copy(Digest::of(items).bytes(), at);
  return bytes;
}

std::vector<Chunk> decode_chunk_list(BytesView bytes, std::uint64_t content_bytes) {
  if (bytes.size() < Digest::kSize || bytes.size() % kItemBytes != Digest::kSize) refuse();
  const auto items = bytes.first(bytes.size() - Digest::kSize);
  if (Digest::of(items) != Digest::from_bytes(bytes.last(Digest::kSize))) refuse();
  std::vector<Chunk> chunks(items.size() / kItemBytes);
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const auto item = items.subspan(i * kItemBytes, kItemBytes);
    auto& chunk = chunks[i];
    chunk.digest = Digest::from_bytes(item.first(Digest::kSize));
    for (std::size_t byte = kSizeBytes; byte-- > 0;)
      chunk.size_bytes = (chunk.size_bytes << kBitsPerByte) |
                         std::to_integer<std::uint32_t>(item[Digest::kSize + byte]);
    if (chunk.size_bytes == 0 || chunk.size_bytes > kMaxPlainBytes) refuse();
    total += chunk.size_bytes;
  }
  if (total != content_bytes) refuse();
  return chunks;
}

}  // namespace mlo::store
