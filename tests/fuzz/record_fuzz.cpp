#include <array>

#include "fuzz/target.h"
#include "store/record.h"
#include "store/walk_records.h"

MLO_FUZZ_TARGET(record) {
  using namespace mlo::store;
  const auto bytes = mlo::bytes_of(input);
  // Found or not, no record reaches beyond the bytes.
  walk_records(bytes, [&](const WalkedRecord& record) {
    mlo::invariant(record.offset + RecordHeader::kSize + record.payload.size() <= bytes.size(),
                   "a record within the bytes that were walked");
  });
  if (bytes.size() < RecordHeader::kSize) return;
  const auto header = decode_record_header(bytes.first<RecordHeader::kSize>());
  std::array<std::byte, RecordHeader::kSize> again{};
  encode(header, again);
  mlo::invariant(mlo::text_of(again) == input.substr(0, again.size()),
                 "a header that decodes is the one that would be written");
  if (header.encoding != Encoding::zstd) return;
  mlo::Bytes content(header.content_bytes);
  decompress(bytes.subspan(RecordHeader::kSize), content);
}
