#pragma once

#include <cstddef>

#include "mlo/core/bytes.h"

namespace mlo::store {

/// Content-defined chunking: FastCDC with normalised chunk sizes (Xia et al., "FastCDC: a Fast and
/// Efficient Content-Defined Chunking Approach for Data Deduplication", USENIX ATC 2016) over a
/// gear hash. Boundaries follow the content, so that an insertion changes the chunks around it
/// only.
struct Chunking {
  static constexpr std::size_t kMinBytes = 16U << 10U;
  static constexpr std::size_t kAverageBytes = 64U << 10U;
  static constexpr std::size_t kMaxBytes = 256U << 10U;
};

/// The length of the first chunk of `content`, which holds at least `Chunking::kMaxBytes` unless it
/// is the end of the data.
std::size_t first_chunk(BytesView content);

}  // namespace mlo::store
