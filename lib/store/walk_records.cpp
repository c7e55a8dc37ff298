#include "store/walk_records.h"

#include <optional>

#include "mlo/core/error.h"
#include "store/chunk_list.h"

namespace mlo::store {
namespace {

constexpr std::string_view kMagic = "obj";

std::optional<RecordHeader> header_at(BytesView bytes) {
  if (bytes.size() < RecordHeader::kSize) return std::nullopt;
  try {
    const auto header = decode_record_header(bytes.first<RecordHeader::kSize>());
    if (header.stored_bytes > bytes.size() - RecordHeader::kSize) return std::nullopt;
    return header;
  } catch (const Error&) {
    return std::nullopt;
  }
}

bool is_whole(const RecordHeader& header, BytesView payload) {
  try {
    switch (header.encoding) {
      case Encoding::raw: return Digest::of(payload) == header.digest;
      case Encoding::zstd: {
        Bytes content(header.content_bytes);
        decompress(payload, content);
        return Digest::of(content) == header.digest;
      }
      case Encoding::chunks:
        static_cast<void>(decode_chunk_list(payload, header.content_bytes));
        return true;
    }
  } catch (const Error&) {
    return false;
  }
  return false;
}

}  // namespace

bool walk_records(BytesView bytes, const std::function<void(const WalkedRecord&)>& take) {
  bool skipped = false;
  std::uint64_t at = 0;
  while (at < bytes.size()) {
    const auto header = header_at(bytes.subspan(at));
    if (!header) {
      skipped = true;
      const auto next = text_of(bytes).find(kMagic, at + 1);
      if (next == std::string_view::npos) break;
      at = next;
      continue;
    }
    const auto payload = bytes.subspan(at + RecordHeader::kSize, header->stored_bytes);
    const bool whole = is_whole(*header, payload);
    take({*header, at, payload, whole});
    at += RecordHeader::kSize;
    // A header whose sizes are damaged must not hide the records behind it.
    const auto next = at + header->stored_bytes;
    if (whole || next == bytes.size() || header_at(bytes.subspan(next))) at = next;
  }
  return skipped;
}

}  // namespace mlo::store
