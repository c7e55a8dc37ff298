#include "store/chunker.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mlo::store {
namespace {

/// 256 fixed random numbers (SplitMix64 of Steele, Lea and Flood, from seed 0). They are part of
/// what makes two versions share chunks: never change them.
constexpr std::array<std::uint64_t, 256> make_gear() {
  std::array<std::uint64_t, 256> gear{};
  std::uint64_t state = 0;
  for (auto& number : gear) {
    state += 0x9E3779B97F4A7C15ULL;
    auto mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    number = mixed ^ (mixed >> 31U);
  }
  return gear;
}
constexpr auto kGear = make_gear();

// The mask's bits are the hash's upper ones, which the most bytes have moved. Before the average a
// boundary is 4 times rarer than 1 in 64 Ki, after it 4 times likelier.
constexpr std::uint64_t kRare = ~0ULL << (64U - 18U);
constexpr std::uint64_t kLikely = ~0ULL << (64U - 14U);

}  // namespace

std::size_t first_chunk(BytesView content) {
  if (content.size() <= Chunking::kMinBytes) return content.size();
  const auto end = std::min(content.size(), Chunking::kMaxBytes);
  const auto average = std::min(end, Chunking::kAverageBytes);
  const auto* bytes = content.data();
  std::uint64_t hash = 0;
  std::size_t at = Chunking::kMinBytes;
  for (; at < average; ++at) {
    hash = (hash << 1U) + kGear[std::to_integer<std::size_t>(bytes[at])];
    if ((hash & kRare) == 0) return at + 1;
  }
  for (; at < end; ++at) {
    hash = (hash << 1U) + kGear[std::to_integer<std::size_t>(bytes[at])];
    if ((hash & kLikely) == 0) return at + 1;
  }
  return end;
}

}  // namespace mlo::store
