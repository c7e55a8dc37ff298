#pragma once

#include <functional>

#include "store/record.h"

namespace mlo::store {

struct WalkedRecord {
  RecordHeader header;
  std::uint64_t offset = 0;  ///< of the header in the bytes that are walked
  BytesView payload;
  bool whole = false;  ///< its content has the digest of the header; of a chunk list: its own
};

/// Every record in a stretch of a pack, first to last, each compared with its digest. Where no
/// record begins, the next one is looked for. True when bytes were skipped so.
bool walk_records(BytesView bytes, const std::function<void(const WalkedRecord&)>& take);

}  // namespace mlo::store
