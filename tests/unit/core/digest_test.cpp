#include "mlo/core/digest.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

using namespace mlo;

TEST_CASE("a digest reads back what it writes", "[digest]") {
  const std::string content = GENERATE("", "a", "abc");
  const auto digest = Digest::of(content);
  CHECK(Digest::parse(digest.text()) == digest);
  CHECK(Digest::parse(digest.hex()) == digest);
  CHECK(Digest::from_bytes(digest.bytes()) == digest);
}

TEST_CASE("a digest is SHA-256 as FIPS 180-4 defines it", "[digest]") {
  CHECK(Digest::of("abc").text() ==
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Hasher().update("a").update("").update("bc").finish() == Digest::of("abc"));
}

TEST_CASE("what is no digest is refused", "[digest]") {
  const std::string text =
      GENERATE("", "sha256:", "sha256:ABC", "md5:900150983cd24fb0d6963f7d28e17f72",
               "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
  CHECK_THROWS_AS(Digest::parse(text), Error);
  CHECK_FALSE(Digest::try_parse(text));
}
