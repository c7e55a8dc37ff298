#include "data/contract/byte_pattern.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "data/engine.h"
#include "data/sql_literal.h"
#include "data/statistics/random.h"
#include "mlo/core/text.h"

// What a table over bytes says of a text is what the engine's own regular expressions say.

using namespace mlo;
using namespace mlo::data;

namespace {

std::string_view one_of(Random& random, std::span<const std::string_view> words) {
  return words[random.below(words.size())];
}

std::string expression(Random& random) {
  constexpr std::array<std::string_view, 16> kPieces = {
      "A",     "[A-C]", "a",     "b",          "k",        "-", " ",     "[a-c]",
      "[0-9]", R"(\d)", R"(\.)", R"([\]\-a])", R"([\dx])", "_", R"(\$)", "[.]"};
  constexpr std::array<std::string_view, 12> kTimes = {"",  "",    "",    "",      "+",    "*",
                                                       "?", "{2}", "{0}", "{1,3}", "{2,}", "{0,2}"};
  std::string text = random.below(4) == 0 ? "^" : "";
  for (auto parts = random.below(5); parts > 0; --parts) {
    text += one_of(random, kPieces);
    text += one_of(random, kTimes);
  }
  return random.below(4) == 0 ? text + "$" : text;
}

std::string text(Random& random) {
  constexpr std::array<std::string_view, 14> kLetters = {"A", "a", "b", "c", "k", "0", "7",
                                                         "9", "-", ".", "]", "x", "é", "\n"};
  std::string made;
  for (auto letters = random.below(7); letters > 0; --letters) made += one_of(random, kLetters);
  return made;
}

}  // namespace

TEST_CASE("a table over bytes says of each text what the engine's expressions say", "[pattern]") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  Random random(seed);
  Engine engine(1);
  std::vector<std::string> texts = {"''", "NULL"};
  for (int i = 0; i < 400; ++i) texts.push_back(sql_text(text(random)));
  std::int64_t matched = 0;
  for (int i = 0; i < 200; ++i) {
    const auto written = expression(random);
    CAPTURE(written);
    const auto bytes = BytePattern::compile(written);
    REQUIRE(bytes);
    engine.define(test_of(written), [&](std::string_view asked) { return bytes->matches(asked); });
    const auto counts = engine.counts(fmt::format(
        "SELECT count(*) FILTER (WHERE theirs IS DISTINCT FROM ours), count(*) FILTER (WHERE ours) "
        "FROM (SELECT "
        "regexp_full_match(x, {}) AS theirs, {}(x) AS ours FROM (SELECT unnest([{}]) AS x))",
        sql_text(written), test_of(written), join(texts, ", ")));
    CHECK(counts.at(0).at(0) == 0);
    matched += counts.at(0).at(1);
  }
  CHECK(matched > 200);
}

TEST_CASE("an expression with more than classes one after another has no table", "[pattern]") {
  const std::string written =
      GENERATE("a|b", "(ab)+", "a.b", R"(\w+)", R"(\bk)", "[^a]", "[[:alpha:]]", "a+?", "a{2}{3}",
               "a$b", "a^", "é+", "[é]", "*a", "[b-a]", "[]a]", "[a", "a{2", "a{,2}", "a{3,2}",
               "a\\", R"(\x41)", "\x01", "[a-]", R"([\d-z])", "(?i)k", "a{61}", "[ab]{30}[ab]{31}");
  CAPTURE(written);
  CHECK_FALSE(BytePattern::compile(written));
}
