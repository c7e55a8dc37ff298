#include "mlo/core/yaml.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace mlo;

namespace {

Error error_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  return {ErrorKind::usage, ""};
}

}  // namespace

TEST_CASE("nodes know their place", "[yaml]") {
  const auto document = Yaml::parse("a: 1\nb:\n  - x\n  - {c: 'no'}\n", "f.yaml");
  CHECK(document.find("a")->integer() == 1);
  const auto& inner = document.find("b")->sequence().at(1);
  CHECK(inner.find("c")->text() == "no");
  CHECK(inner.line == 4);
  CHECK(inner.place() == "f.yaml:4:5");
  // A file without a word has a place, too.
  CHECK(Yaml::parse("", "f.yaml").place() == "f.yaml:1:1");
}

TEST_CASE("an unknown key names line, key and the nearest known one", "[yaml]") {
  const auto document = Yaml::parse("project: x\npipline: {}\n", "mlo.yaml");
  const auto error = error_of([&] { document.only({"project", "pipeline"}); });
  CHECK(error.message() == "mlo.yaml:2:1: unknown key 'pipline'");
  CHECK(error.hint() == "did you mean 'pipeline'?");
}

TEST_CASE("text in another encoding is refused with its line", "[yaml]") {
  const auto error = error_of([] { Yaml::parse("a: 1\nb: caf\xe9\n", "mlo.yaml"); });
  CHECK(error.message() == "mlo.yaml:2: is not UTF-8 text");
  CHECK(error.hint() == "iconv -f latin1 -t utf-8 'mlo.yaml'");
}

TEST_CASE("malformed YAML names line and column", "[yaml]") {
  const auto error = error_of([] { Yaml::parse("a: [1, 2\nb: 3\n", "mlo.yaml"); });
  CHECK(error.kind() == ErrorKind::bad_input);
  CHECK(error.message().starts_with("mlo.yaml:2:"));
}

TEST_CASE("what could surprise a reader is refused", "[yaml]") {
  CHECK_THROWS_AS(Yaml::parse("a: 1\na: 2\n", "f"), Error);
  CHECK_THROWS_AS(Yaml::parse("a: &x 1\nb: *x\n", "f"), Error);
  CHECK_THROWS_AS(Yaml::parse("--- 1\n--- 2\n", "f"), Error);
  CHECK_THROWS_AS(Yaml::parse(std::string(200, '['), "f"), Error);
}

TEST_CASE("plain scalars have the types of YAML 1.2", "[yaml]") {
  const auto json =
      Yaml::parse("{a: 1, b: 1.5, c: true, d: '1', e: null, f: no, g: 1e3, h: 1.2.3}", "f")
          .to_json();
  CHECK(json["a"].is_integer());
  CHECK(json["b"].as_number() == 1.5);
  CHECK(json["c"].as_bool());
  CHECK(json["d"].as_string() == "1");
  CHECK(json["e"].is_null());
  CHECK(json["f"].as_string() == "no");
  CHECK(json["g"].as_number() == 1000);
  CHECK(json["h"].as_string() == "1.2.3");
}

TEST_CASE("a value of the wrong kind is named with its place", "[yaml]") {
  const auto document = Yaml::parse("params: seven\nlist: 3\n", "mlo.yaml");
  CHECK(error_of([&] { static_cast<void>(document.find("params")->integer()); }).message() ==
        "mlo.yaml:1:9: expected a whole number, found 'seven'");
  CHECK_THROWS_AS(document.find("list")->sequence(), Error);
  CHECK(document.find("list")->texts() == std::vector<std::string>{"3"});
}

TEST_CASE("YAML reads back what is written", "[yaml]") {
  const auto value = Json::parse(
      R"({"name":"x: y","list":[{"a":1,"b":[true,"true"]},"- dash",""],"empty":{},"none":[],"odd":"no","n":1.5,"line":"a\nb"})");
  const auto text = to_yaml(value);
  INFO(text);
  CHECK(Yaml::parse(text, "f").to_json() == value);
}

TEST_CASE("keys of a long map are told apart, and one that is there twice is found", "[yaml]") {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += fmt::format("k{}: {{a: 1, b: 2}}\n", i);
  CHECK(Yaml::parse(text, "x").entries.size() == 5000);
  // Another map of the same length at the same depth knows nothing of the first one's keys.
  std::string maps;
  for (const auto* name : {"one", "two"}) {
    maps += fmt::format("{}:\n", name);
    for (int i = 0; i < 100; ++i) maps += fmt::format("  k{}: 1\n", i);
  }
  CHECK(Yaml::parse(maps, "x").entries.size() == 2);
  CHECK_THROWS_WITH(Yaml::parse(text + "k4000: 1\n", "x"),
                    Catch::Contains("x:5001:1: key 'k4000' stands here and in line 4001"));
  CHECK_THROWS_WITH(Yaml::parse(maps + "  k7: 1\n", "x"), Catch::Contains("key 'k7' stands here"));
}
