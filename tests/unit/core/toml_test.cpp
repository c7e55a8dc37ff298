#include "mlo/core/toml.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

namespace mlo {
namespace {

std::string problem(const std::string& text) {
  try {
    parse_toml(text, "p.toml");
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("TOML reads as the JSON it means", "[toml]") {
  const auto json = parse_toml(R"(seed = 7
rate = 1e-3
name = "small"
fast = true
layers = [64, 32]
from = 2026-11-26
[tree]
depth = 3
[[fold]]
part = 1
[[fold]]
part = 2
)",
                               "p.toml");
  CHECK(json.canonical() ==
        R"({"fast":true,"fold":[{"part":1},{"part":2}],"from":"2026-11-26","layers":[64,32],)"
        R"("name":"small","rate":0.001,"seed":7,"tree":{"depth":3}})");
}

TEST_CASE("malformed TOML is refused with its place", "[toml]") {
  CHECK(problem("a = 1\nb = \n").starts_with("p.toml:2:"));
  CHECK(problem("a = 1\na = 2\n").starts_with("p.toml:2:"));
  CHECK(problem("a = nan\n") == "p.toml:1:5: the number is not finite");
  CHECK(problem("\xff = 1\n").starts_with("p.toml:1:"));
  CHECK(problem("a = " + std::string(100'000, '[')).starts_with("p.toml:1:"));
}

}  // namespace mlo
