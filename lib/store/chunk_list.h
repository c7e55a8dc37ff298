#pragma once

#include <vector>

#include "mlo/core/bytes.h"
#include "mlo/core/digest.h"

namespace mlo::store {

/// A piece of a large object, itself an object.
struct Chunk {
  Digest digest;
  std::uint32_t size_bytes = 0;
};

/// What an object is made of, in order: 36 bytes a chunk (digest, size little endian), then the
/// SHA-256 of these.
Bytes encode_chunk_list(const std::vector<Chunk>& chunks);
/// Throws integrity when the list is torn, or its sizes are not those of chunks that sum up to
/// `content_bytes`.
std::vector<Chunk> decode_chunk_list(BytesView bytes, std::uint64_t content_bytes);

}  // namespace mlo::store
