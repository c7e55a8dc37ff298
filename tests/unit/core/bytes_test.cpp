#include "mlo/core/bytes.h"

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

using namespace mlo;

TEST_CASE("base64 writes the vectors of RFC 4648", "[bytes]") {
  const auto [plain, coded] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                        {"f", "Zg=="},
                                                                        {"fo", "Zm8="},
                                                                        {"foo", "Zm9v"},
                                                                        {"foob", "Zm9vYg=="},
                                                                        {"fooba", "Zm9vYmE="},
                                                                        {"foobar", "Zm9vYmFy"}}));
  CHECK(to_base64(bytes_of(plain)) == coded);
  CHECK(text_of(from_base64(coded)) == plain);
}

TEST_CASE("base64 with a second spelling of the same bytes is refused", "[bytes]") {
  const std::string text = GENERATE("Zh==", "Zm9=", "Zg", "Zg=", "Z===", "Zm9v\n", "Zm-_", "=Zg=");
  CHECK_THROWS_AS(from_base64(text), Error);
}

TEST_CASE("every byte comes back from base64, and what is none is refused anywhere", "[bytes]") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(text_of(from_base64(to_base64(bytes_of(all)))) == all);
  const std::string coded = "Zm9vYmFyZm9v";
  for (std::size_t at = 0; at < coded.size(); ++at)
    for (const char letter : std::string("= \n\xff-", 5)) {
      // Padding ends the last group, and nothing else.
      if (letter == '=' && at == coded.size() - 1) continue;
      auto changed = coded;
      changed[at] = letter;
      CAPTURE(changed);
      CHECK_THROWS_AS(from_base64(changed), Error);
    }
}

TEST_CASE("hexadecimal reads back and refuses what is none", "[bytes]") {
  CHECK(to_hex(bytes_of("\x01\xff")) == "01ff");
  CHECK(text_of(from_hex("6d6c6F")) == "mlo");
  CHECK_THROWS_AS(from_hex("abc"), Error);
  CHECK_THROWS_AS(from_hex("zz"), Error);
}

TEST_CASE("UTF-8 is told from overlong forms, surrogates and torn sequences", "[bytes]") {
  CHECK(is_utf8("plain, é, 日本, 😀"));
  const std::string bad = GENERATE("\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                   "\xF8\x88\x80\x80\x80", "\xE6\x97", "\x80");
  CHECK_FALSE(is_utf8(bad));
  // Wherever it stands among letters that are looked at eight at a time.
  for (std::size_t before = 0; before < 20; ++before) {
    CHECK_FALSE(is_utf8(std::string(before, 'a') + bad + "aaaaaaaaaa"));
    CHECK(is_utf8(std::string(before, 'a') + "é" + std::string(20 - before, 'a') + "日"));
  }
}
