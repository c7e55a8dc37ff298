#include "workspace/case_collision.h"

#include <catch2/catch.hpp>

using mlo::workspace::case_collisions;
using mlo::workspace::CaseCollision;
using Names = std::vector<std::string>;
using Collisions = std::vector<CaseCollision>;

TEST_CASE("names that differ in case only are told, each with the smallest of its like",
          "[case_collision]") {
  CHECK(case_collisions(Names{"readme", "data.csv", "README", "Readme", "b", "B", "c"}) ==
        Collisions{{"B", "b"}, {"README", "Readme"}, {"README", "readme"}});
  CHECK(case_collisions(Names{}).empty());
  CHECK(case_collisions(Names{"a", "b", "aa", "A b", "a_b"}).empty());
}

TEST_CASE("letters of every script are compared", "[case_collision]") {
  CHECK(case_collisions(Names{"Größe", "GRÖßE"}) == Collisions{{"GRÖßE", "Größe"}});
  CHECK(case_collisions(Names{"жук", "Жук"}) == Collisions{{"Жук", "жук"}});
  CHECK(case_collisions(Names{"ος", "οσ"}) == Collisions{{"ος", "οσ"}});
  CHECK(case_collisions(Names{"é", "e", "è", "名", "\xF0\x9F\x92\xBE"}).empty());
}

TEST_CASE("bytes that are no UTF-8 stand for themselves", "[case_collision]") {
  CHECK(case_collisions(Names{"a\xC9", "a\xE9", "É", "a"}).empty());
  CHECK(case_collisions(Names{"a\xFF", "A\xFF"}) == Collisions{{"A\xFF", "a\xFF"}});
}
