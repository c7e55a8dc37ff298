#include "fuzz/target.h"
#include "mlo/core/bytes.h"
#include "store/chunk_list.h"

MLO_FUZZ_TARGET(chunk_list) {
  using namespace mlo::store;
  const auto bytes = mlo::bytes_of(input);
  mlo::fuzz::attempt([&] { static_cast<void>(decode_chunk_list(bytes, input.size())); });
  // With the right digest behind it, and the right sum, whatever its items are.
  constexpr std::size_t kItemBytes = mlo::Digest::kSize + sizeof(std::uint32_t);
  std::uint64_t total = 0;
  for (std::size_t end = kItemBytes; end <= bytes.size(); end += kItemBytes)
    for (std::size_t byte = 0; byte < sizeof(std::uint32_t); ++byte)
      total += std::to_integer<std::uint64_t>(bytes[end - sizeof(std::uint32_t) + byte])
               << (8 * byte);
  mlo::Bytes list(bytes.begin(), bytes.end());
  const auto digest = mlo::Digest::of(bytes);
  list.insert(list.end(), digest.bytes().begin(), digest.bytes().end());
  mlo::invariant(encode_chunk_list(decode_chunk_list(list, total)) == list,
                 "a list that decodes is the one that would be written");
}
