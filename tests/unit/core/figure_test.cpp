#include "mlo/core/figure.h"

#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

using namespace mlo;

TEST_CASE("a figure has four digits, all of its whole part, and no power of ten", "[figure]") {
  CHECK(format_figure(13420) == "13420");
  CHECK(format_figure(13420.7) == "13421");
  CHECK(format_figure(6560) == "6560");
  CHECK(format_figure(999.96) == "1000");
  CHECK(format_figure(12.3456) == "12.35");
  CHECK(format_figure(0.5) == "0.5");
  CHECK(format_figure(0.034567) == "0.03457");
  CHECK(format_figure(0.0001) == "0.0001");
  CHECK(format_figure(-1'234'567.8) == "-1234568");
  CHECK(format_figure(999'999'999'999'999) == "999999999999999");
}

TEST_CASE("what is tiny or huge is told with its power of ten", "[figure]") {
  CHECK(format_figure(0.000012345) == "1.234e-05");
  CHECK(format_figure(-3.2e-9) == "-3.2e-09");
  CHECK(format_figure(1e15) == "1e+15");
  CHECK(format_figure(std::numeric_limits<double>::max()) == "1.798e+308");
}

TEST_CASE("zero has no sign, and what is no number is told as such", "[figure]") {
  CHECK(format_figure(-0.0) == "0");
  CHECK(format_figure(NAN) == "NaN");
  CHECK(format_figure(-INFINITY) == "-Infinity");
}

TEST_CASE("marks of a scale take the digits that tell them apart", "[figure]") {
  using Texts = std::vector<std::string>;
  CHECK(format_scale(std::vector{2015.0, 2015.6, 2016.2}) == Texts{"2015", "2015.6", "2016.2"});
  CHECK(format_scale(std::vector{0.25, 0.5}) == Texts{"0.25", "0.5"});
  CHECK(format_scale(std::vector{0.999991, 0.999995}) == Texts{"0.999991", "0.999995"});
  CHECK(format_scale(std::vector{5.0, 5.0}) == Texts{"5", "5"});
  CHECK(format_scale({}).empty());
}
