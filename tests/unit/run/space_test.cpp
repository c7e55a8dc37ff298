#include "run/search/space.h"

#include <cmath>
#include <set>

#include <catch2/catch.hpp>

namespace mlo::run {
namespace {

using workspace::SearchParam;
using Kind = SearchParam::Kind;

const Space kSpace({
    {.name = "lr", .kind = Kind::real, .low = 0.001, .high = 0.1, .logarithmic = true},
    {.name = "tree.depth", .kind = Kind::integer, .low = 2, .high = 9},
    {.name = "share", .kind = Kind::real, .low = 0, .high = 1, .step = 0.1},
    {.name = "kind", .choices = {"gini", "entropy", true}},
    {.name = "width", .kind = Kind::integer, .low = 1, .high = 1000, .logarithmic = true},
    {.name = "rate", .kind = Kind::real, .low = 1, .high = 100, .logarithmic = true, .count = 3},
});

}  // namespace

TEST_CASE("the ends of a cube are the ends of every range", "[space]") {
  CHECK(kSpace.params_at(Point(6, 0.0)).dump() ==
        R"({"lr":0.001,"tree.depth":2,"share":0,"kind":"gini","width":1,"rate":1})");
  CHECK(kSpace.params_at(Point(6, 0.9999999999999999)).dump() ==
        R"({"lr":0.1,"tree.depth":9,"share":1,"kind":true,"width":1000,"rate":100})");
  CHECK(kSpace.params_at(Point(6, 0.5)).dump() ==
        R"({"lr":0.01,"tree.depth":6,"share":0.5,"kind":"entropy","width":22,"rate":10})");
}

TEST_CASE("values are counted where they can be", "[space]") {
  CHECK(!kSpace.values(0));
  CHECK(kSpace.values(1) == 8);
  CHECK(kSpace.values(2) == 11);
  CHECK(kSpace.values(3) == 3);
  CHECK(!kSpace.size());
  CHECK(Space({{.name = "a", .choices = {1, 2}}, {.name = "b", .choices = {1, 2, 3}}}).size() == 6);
}

TEST_CASE("params lead back to a point that stands for them", "[space]") {
  for (double place = 0.01; place < 1; place += 0.07) {
    const auto params = kSpace.params_at(Point(6, place));
    const auto point = kSpace.point_of(params);
    REQUIRE(point);
    CHECK(kSpace.params_at(*point) == params);
  }
  // As part of a group, as a step may declare it.
  const auto nested = Json::parse(
      R"({"lr": 0.01, "tree": {"depth": 5}, "share": 0.3, "kind": true, "width": 10, "rate": 10})");
  REQUIRE(kSpace.point_of(nested));
  CHECK(kSpace.params_at(*kSpace.point_of(nested)).at("tree.depth").as_integer() == 5);
  CHECK(!kSpace.point_of(Json::parse(R"({"lr": 0.01})")));
  CHECK(!kSpace.point_of(Json(nested).set("kind", "other")));
  CHECK(!kSpace.point_of(Json(nested).set("lr", 5)));
}

TEST_CASE("each value of an integer in the logarithm has its part", "[space]") {
  const Space space(
      {{.name = "n", .kind = Kind::integer, .low = 1, .high = 50, .logarithmic = true}});
  for (std::int64_t index = 0; index < 50; ++index)
    CHECK(space.params_at(Point{space.place_of(0, index)}).at("n").as_integer() == index + 1);
}

}  // namespace mlo::run
