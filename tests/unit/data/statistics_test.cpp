#include <array>
#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "data/statistics/correlation.h"
#include "data/statistics/gamma.h"
#include "data/statistics/histogram.h"
#include "data/statistics/kolmogorov.h"
#include "data/statistics/quantile.h"
#include "data/statistics/random.h"
#include "data/statistics/sum.h"

using namespace mlo::data;

TEST_CASE("an exact sum is rounded once", "[statistics]") {
  CHECK(exact_sum(std::array{1e100, 1.0, -1e100}) == 1.0);
  CHECK(exact_sum(std::vector<double>(10, 0.1)) == 1.0);
  // Python's test_math: halfway cases of fsum
  CHECK(exact_sum(std::array{9007199254740992.0, -0.5, -0x1p-54}) == 9007199254740991.0);
  CHECK(exact_sum(std::array{9007199254740992.0, 1.0, 0x1p-100}) == 9007199254740994.0);
  CHECK(exact_sum(std::array{9007199254740992.0 + 10.0, 1.0, 0x1p-100}) == 9007199254741003.0);
  CHECK(std::isnan(exact_sum(std::array<double, 2>{INFINITY, -INFINITY})));
  CHECK(exact_sum({}) == 0);
}

TEST_CASE("a quantile interpolates from the nearer end", "[statistics]") {
  CHECK(quantile(std::array{1.0, 2.0, 4.0}, 0.75) == 3.0);
  CHECK(quantile(std::array{5.0}, 0.3) == 5.0);
  CHECK(std::isnan(quantile({}, 0.5)));
}

TEST_CASE("the incomplete gamma function and chi-square tail are scipy's", "[statistics]") {
  // scipy 1.17: special.gammaincc(a, x)
  CHECK(upper_incomplete_gamma(0.5, 0.1) == Approx(0.6547208460185768).epsilon(1e-12));
  CHECK(upper_incomplete_gamma(0.5, 3) == Approx(0.014305878435429641).epsilon(1e-12));
  CHECK(upper_incomplete_gamma(2.5, 10) == Approx(0.0012497305630313773).epsilon(1e-12));
  CHECK(upper_incomplete_gamma(50, 40) == Approx(0.9296649333406051).epsilon(1e-12));
  CHECK(upper_incomplete_gamma(50, 80) == Approx(0.0001307839765914092).epsilon(1e-12));
  CHECK(upper_incomplete_gamma(500, 520) == Approx(0.18469114909874365).epsilon(1e-12));
  // scipy 1.17: stats.chi2.sf(x, df)
  CHECK(chi_square_survival(3.84, 1) == Approx(0.05004352124870519).epsilon(1e-12));
  CHECK(chi_square_survival(100, 60) == Approx(0.0009168288614560842).epsilon(1e-12));
  CHECK(chi_square_survival(0, 3) == 1);
  CHECK(chi_square_survival(5, 0) == 1);
}

TEST_CASE("Kolmogorov's tail is scipy's in each of its regions", "[statistics]") {
  // scipy 1.17: stats.kstwo.sf(x, n)
  const auto [n, x, p] = GENERATE(table<std::int64_t, double, double>({
      {5, 0.3, 0.664},
      {5, 0.09, 1.0},
      {5, 0.15, 0.9988},
      {5, 0.85, 0.0001518750000000001},
      {20, 0.25, 0.13762569836717486},
      {100, 0.05, 0.9532159710635725},
      {100, 0.12, 0.1033037490181987},
      {100, 0.3, 1.7719869892662917e-08},
      {140, 0.1, 0.11353657290090946},
      {141, 0.1, 0.11128445516467944},
      {1000, 0.02, 0.8108971656895577},
      {1000, 0.04, 0.07933956059000224},
      {1000, 0.06, 0.001428597887952891},
      {5000, 0.01, 0.6954557253913853},
      {6667, 0.005, 0.9959916744917835},
      {6667, 0.03, 1.2013742946563662e-05},
      {500000, 0.0005, 0.9996286945544336},
      {500000, 0.001, 0.6989801443663661},
      {500000, 0.003, 0.00024632301239186754},
  }));
  CHECK(kolmogorov_survival(n, x) == Approx(p).epsilon(1e-10));
}

TEST_CASE("Smirnov's one-sided tail is scipy's", "[statistics]") {
  // scipy 1.17: special.smirnov(n, x)
  CHECK(smirnov_survival(10, 0.3) == Approx(0.1354635556).epsilon(1e-12));
  CHECK(smirnov_survival(1000, 0.05) == Approx(0.006506037390545166).epsilon(1e-12));
  CHECK(smirnov_survival(500000, 0.002) == Approx(0.018291201767145205).epsilon(1e-11));
}

TEST_CASE("the exact two-sample tail counts paths", "[statistics]") {
  // Two and two: only the orders xxyy and yyxx of six reach a gap of 1.
  CHECK(two_sample_survival(2, 2, 2) == Approx(1.0 / 3));
  CHECK(two_sample_survival(2, 2, 1) == 1);
  CHECK(two_sample_survival(3, 5, 0) == 1);
  CHECK(two_sample_survival(7, 11, 20) == two_sample_survival(11, 7, 20));
}

TEST_CASE("a seed gives the same draws on every machine", "[statistics]") {
  // SplitMix64 with seed 1234567, as published with its reference code
  Random random(1234567);
  CHECK(random.next() == 6457827717110365317U);
  CHECK(random.next() == 3203168211198807973U);
  for (int i = 0; i < 1000; ++i) CHECK(random.below(7) < 7);
}

TEST_CASE("equal-width counts are numpy's, and stand empty, equal and infinite values",
          "[histogram]") {
  using Counts = std::vector<std::int64_t>;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // numpy 2: histogram([0, 1, 2, 2, 4, 10], 5)
  CHECK(equal_width_counts(std::vector{0.0, 1.0, 2.0, 2.0, 4.0, 10.0}, 5) == Counts{2, 2, 1, 0, 1});
  CHECK(equal_width_counts({}, 5).empty());
  CHECK(equal_width_counts(std::vector{3.0, 3.0}, 5) == Counts{2});
  CHECK(equal_width_counts(std::vector{-kInfinity, kInfinity}, 5).empty());
  CHECK(equal_width_counts(std::vector{-kInfinity, 1.0, 2.0, kInfinity}, 2) == Counts{1, 1});
  CHECK(equal_width_counts(std::vector{-1.7e308, 1.7e308}, 2) == Counts{1, 1});
}

TEST_CASE("Pearson's correlation is scipy's over the complete pairs", "[correlation]") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const std::vector a = {1.0, 2.0, kNan, 4.0, 7.0, 3.0};
  const std::vector b = {2.0, 1.0, 5.0, -3.0, kNan, 0.5};
  // scipy 1.17: pearsonr([1, 2, 4, 3], [2, 1, -3, 0.5])
  CHECK(pearson_correlation(a, b) == Approx(-0.9201608746530633).epsilon(1e-12));
  CHECK(pearson_correlation(a, a) == 1);
  CHECK(pearson_correlation(b, a) == pearson_correlation(a, b));
  CHECK(std::isnan(pearson_correlation(std::vector{1.0, 1.0}, std::vector{1.0, 2.0})));
  CHECK(std::isnan(pearson_correlation({}, {})));
}
