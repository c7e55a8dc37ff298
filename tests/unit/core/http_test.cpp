#include "mlo/core/http.h"

#include <catch2/catch.hpp>

using namespace mlo;

TEST_CASE("an address is told without what is secret in it", "[http]") {
  const auto shown = [](std::string_view url) { return without_secrets(url); };
  CHECK(shown("https://example.org/a.csv?version=3&page=2") ==
        "https://example.org/a.csv?version=3&page=2");
  CHECK(shown("https://ana:p@ss@example.org:8443/a@b.csv") == "https://example.org:8443/a@b.csv");
  CHECK(shown("https://example.org?user=a@b") == "https://example.org?user=a@b");
  CHECK(shown("https://example.org/a.csv?access_token=abc&v=1") ==
        "https://example.org/a.csv?access_token=…&v=1");
  CHECK(shown("https://b.example/a?X-Amz-Credential=c&X-Amz-Date=d&X-Amz-Signature=e") ==
        "https://b.example/a?X-Amz-Credential=…&X-Amz-Date=d&X-Amz-Signature=…");
  CHECK(shown("https://b.example/a?sv=1&sig=abc&design=x") ==
        "https://b.example/a?sv=1&sig=…&design=x");
}
