#include "mlo/core/mac.h"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace mlo;

namespace {

template <typename Array>
Array from(std::string_view hex) {
  const auto bytes = from_hex(hex);
  Array array{};
  REQUIRE(bytes.size() == array.size());
  std::ranges::copy(bytes, array.begin());
  return array;
}

}  // namespace

TEST_CASE("a MAC is GMAC with AES-256, as NIST's vectors have it", "[mac]") {
  const auto [key, nonce, text, tag] =
      GENERATE(table<std::string, std::string, std::string, std::string>(
          {{std::string(64, '0'), std::string(24, '0'), "", "530f8afbc74536b9a963b4f1c4cb738b"},
           {"78dc4e0aaf52d935c3c01eea57428f00ca1fd475f5da86a49c8dd73d68c8e223",
            "d79cf22d504cc793c3fb6c8a", "b96baa8c1c75a671bfb2d08d06be5f36",
            "3e5d486aa2e30b22e040b85723a06e76"}}));
  const auto bytes = from_hex(text);
  Mac whole(from<Mac::Key>(key), from<Mac::Nonce>(nonce));
  whole.update(bytes);
  CHECK(to_hex(whole.finish()) == tag);
  Mac pieces(from<Mac::Key>(key), from<Mac::Nonce>(nonce));
  for (const auto byte : bytes) pieces.update(BytesView(&byte, 1));
  CHECK(to_hex(pieces.finish()) == tag);
}
