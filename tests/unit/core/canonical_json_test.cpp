#include "mlo/core/canonical_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

using namespace mlo;

namespace {

/// The definition, in two passes.
std::optional<Json> slowly(std::string_view text) {
  try {
    auto value = Json::parse(text);
    if (value.canonical() == text) return value;
  } catch (const Error&) {
    return std::nullopt;
  }
  return std::nullopt;
}

constexpr std::string_view kDocument =
    R"({"":{},"a":[],"b":[null,true,false,-1,0,9007199254740992,1.5,1e+21,5e-324,-2.25e-7],)"
    R"("c":"€\u0000\u001f\"\\\b\f\n\r\t/ )"
    "\x7f\xF0\x9F\x98\x80"
    R"(","d":{"k":[[],[{"x":"y"}]]},)"
    "\"\xED\x9F\xBF\":1,\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":3}";

}  // namespace

TEST_CASE("numbers that canonical JSON does not have become text", "[json]") {
  const auto value = Json::object(
      {{"kept", Json::array({9007199254740992, -0.5, "x", nullptr, true})},
       {"lost", Json::array({9007199254740993, std::int64_t{INT64_MIN}, HUGE_VAL, -HUGE_VAL})}});
  CHECK(canonical_numbers(value).canonical() ==
        R"({"kept":[9007199254740992,-0.5,"x",null,true],)"
        R"("lost":["9007199254740993","-9223372036854775808","Infinity","-Infinity"]})");
}

TEST_CASE("canonical JSON is read as the parser and the writer together read it", "[json]") {
  const std::string text = GENERATE(
      "{}", "[]", "\"\"", "0", "-0", "-1", "01", "1.0", "1.50", "1e21", "1e+21", "1E+21", "0.1",
      ".5", "-", "", "nul", "null", "nullx", " null", "null ", "tru", "[1,2]", "[1, 2]", "[1,]",
      "[,1]", "{\"a\":1}", "{\"a\":1,}", "{\"a\"}", "{\"a\":1,\"a\":2}", "{\"b\":1,\"a\":2}",
      "{\"a\":1,\"b\":2}", "{\"aa\":1,\"a\":2}", "9007199254740992", "9007199254740993",
      "-9007199254740993", "1000000000000000000", "-1795748581182448000", "1795748581182448128",
      "9223372036854775808", "18446744073709552000", "1e400", "5e-325", "\"\\u000a\"", "\"\\n\"",
      "\"\\u001F\"", "\"\\u001f\"", "\"\\/\"", "\"\\u0041\"", "\"\\u00\"", "\"\\", "\"", "\"\n\"",
      "\"\xff\"", "\"\xC3\xA9\"", "\"\xED\xA0\x80\"", "\xEF\xBB\xBF{}",
      std::string(64, '[') + std::string(64, ']'), std::string(65, '[') + std::string(65, ']'),
      std::string(kDocument));
  CAPTURE(text);
  CHECK(parse_canonical(text) == slowly(text));
}

TEST_CASE("what ends a string is seen wherever it stands", "[json]") {
  for (std::size_t before = 0; before < 20; ++before)
    for (const std::string_view mark :
         {"\\\"", "\\n", "\n", "\x1f", "\x7f", "\x80", "é", "!", "\"", "\\"}) {
      const auto text = "\"" + std::string(before, 'a') + std::string(mark) + "aaaaaaaaaa\"";
      CAPTURE(text);
      CHECK(parse_canonical(text) == slowly(text));
    }
}

TEST_CASE("a document that is changed anywhere is judged by both alike", "[json]") {
  REQUIRE(slowly(kDocument).has_value());
  std::mt19937 draw(20'261'126);
  constexpr std::string_view kLetters = "\"\\{}[]:,0159-+.eEtrufalsn/ \x01\x1f\x7f\xC3\xED\xF0";
  for (int turn = 0; turn < 20'000; ++turn) {
    std::string text(kDocument);
    for (auto changes = draw() % 3 + 1; changes > 0; --changes) {
      const auto at = draw() % text.size();
      const char letter = kLetters[draw() % kLetters.size()];
      switch (draw() % 3) {
        case 0: text[at] = letter; break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, letter);
      }
    }
    if (parse_canonical(text) == slowly(text)) continue;
    CAPTURE(text);
    FAIL("they differ");
  }
}

TEST_CASE("names are in the order of their UTF-16 code units", "[json]") {
  // RFC 8785 §3.2.3; U+D7FF, U+10000 (d800 dc00), U+10FFFF (dbff dfff), U+E000, U+FFFD.
  constexpr std::array<std::string_view, 8> kSorted{"",
                                                    "\r",
                                                    "1",
                                                    "\xED\x9F\xBF",
                                                    "\xF0\x90\x80\x80",
                                                    "\xF4\x8F\xBF\xBF",
                                                    "\xEE\x80\x80",
                                                    "\xEF\xBF\xBD"};
  CHECK(std::ranges::is_sorted(kSorted, before_in_utf16));
  for (std::size_t i = 1; i < kSorted.size(); ++i)
    CHECK_FALSE(before_in_utf16(kSorted[i], kSorted[i - 1]));
}
