#pragma once

#include <functional>
#include <vector>

#include "mlo/core/file.h"
#include "mlo/core/mac.h"
#include "store/chunk_list.h"

namespace mlo::store {

struct ChunkedFile {
  Digest digest;  ///< of all bytes
  std::uint64_t size_bytes = 0;
  std::vector<Chunk> chunks;
};

/// Cuts what `input` holds into chunks and calls `keep` with each, on several threads and in no
/// order; `mac`, unless null, goes over all bytes. Reading, cutting, hashing and keeping overlap;
/// memory stays at some tens of MB.
ChunkedFile cut_into_chunks(File& input, const std::function<Digest(BytesView)>& keep, Mac* mac);

/// How many threads work beside the caller on one large object.
int helper_threads();

}  // namespace mlo::store
