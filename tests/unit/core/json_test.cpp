#include "mlo/core/json.h"

#include <limits>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

using namespace mlo;

TEST_CASE("canonical JSON is that of RFC 8785", "[json]") {
  // The example of RFC 8785 §3.2.2 and §3.2.3.
  const auto value = Json::parse(R"({
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  })");
  CHECK(value.canonical() ==
        R"({"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],)"
        R"("string":"€$\u000f\nA'B\"\\\\\"/"})");
}

TEST_CASE("canonical members are sorted by UTF-16 code units", "[json]") {
  // RFC 8785 §3.2.3: an emoji (surrogates d83d…) comes before U+FB33.
  const auto value =
      Json::object({{"\xEF\xAC\xB3", 1}, {"\xF0\x9F\x98\x80", 2}, {"\r", 3}, {"1", 4}});
  CHECK(value.canonical() == "{\"\\r\":3,\"1\":4,\"\xF0\x9F\x98\x80\":2,\"\xEF\xAC\xB3\":1}");
}

TEST_CASE("numbers read as ECMAScript prints them", "[json]") {
  // RFC 8785 appendix B.
  CHECK(number_text(0.0) == "0");
  CHECK(number_text(-0.0) == "0");
  CHECK(number_text(5e-324) == "5e-324");
  CHECK(number_text(1.7976931348623157e308) == "1.7976931348623157e+308");
  CHECK(number_text(9007199254740992) == "9007199254740992");
  CHECK(number_text(295147905179352830000.0) == "295147905179352830000");
  CHECK(number_text(9.999999999999997e22) == "9.999999999999997e+22");
  CHECK(number_text(1e23) == "1e+23");
  CHECK(number_text(0.000001) == "0.000001");
  CHECK(number_text(1e-7) == "1e-7");
  CHECK(number_text(-1.5) == "-1.5");
}

TEST_CASE("canonical JSON refuses what it cannot hold", "[json]") {
  CHECK_THROWS_AS(Json(std::numeric_limits<double>::infinity()).canonical(), Error);
  CHECK_THROWS_AS(Json("\xff").canonical(), Error);
  CHECK_THROWS_AS(Json((std::int64_t{1} << 53) + 1).canonical(), Error);
  CHECK_THROWS_AS(Json(std::numeric_limits<std::int64_t>::min()).canonical(), Error);
}

TEST_CASE("malformed JSON names its place", "[json]") {
  try {
    Json::parse("{\"a\": 1,\n \"b\" 2}");
    FAIL("it was taken");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::bad_input);
    CHECK(error.message().find("line 2") != std::string::npos);
  }
}

TEST_CASE("doubled keys, depth and trailing text are refused", "[json]") {
  CHECK_THROWS_AS(Json::parse(R"({"a":1,"a":2})"), Error);
  CHECK_THROWS_AS(Json::parse(std::string(65, '[') + std::string(65, ']')), Error);
  CHECK_NOTHROW(Json::parse(std::string(64, '[') + std::string(64, ']')));
  CHECK_THROWS_AS(Json::parse("1 2"), Error);
  CHECK_THROWS_AS(Json::parse(""), Error);
  CHECK_THROWS_AS(Json::parse("\"\xff\""), Error);
}

TEST_CASE("a doubled key is found among many", "[json]") {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  CHECK_NOTHROW(Json::parse(text + "\"new\":1}"));
  CHECK_THROWS_AS(Json::parse(text + "\"k50\":1}"), Error);
}

TEST_CASE("a value reads back what it dumped", "[json]") {
  const auto value = Json::parse(R"({"b":[1,2.5,"x",{}],"a":null,"c":-9223372036854775808})");
  CHECK(Json::parse(value.dump()) == value);
  CHECK(Json::parse(value.pretty()) == value);
  CHECK(value["b"].size() == 4);
  CHECK(value["none"].is_null());
  CHECK_THROWS_AS(value.at("none"), Error);
  CHECK_THROWS_AS(value.at("a").as_string(), Error);
}
