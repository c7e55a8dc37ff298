#include "run/search/sampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

#include <catch2/catch.hpp>

#include "mlo/core/error.h"

namespace mlo::run {
namespace {

using workspace::SearchParam;
using Kind = SearchParam::Kind;

SearchParam real(std::string name, double low = 0, double high = 1) {
  return {.name = std::move(name), .kind = Kind::real, .low = low, .high = high};
}

Space cube(std::size_t sides) {
  std::vector<SearchParam> params;
  for (std::size_t i = 0; i < sides; ++i) params.push_back(real("x" + std::to_string(i)));
  return Space(std::move(params));
}

/// A space of three values each, which every sampler can work on.
Space small() {
  return Space({{.name = "depth", .kind = Kind::integer, .low = 2, .high = 4},
                {.name = "kind", .choices = {"a", "b", "c"}}});
}

std::vector<Point> asked(const std::string& sampler, const SamplerSetting& setting,
                         std::uint64_t count) {
  const auto made = sampler_kind(sampler).make(setting);
  std::vector<Point> points;
  for (std::uint64_t trial = 0; trial < count; ++trial)
    if (auto point = made->ask(trial, {}, 0)) points.push_back(std::move(*point));
  return points;
}

using Function = double (*)(const Point&);

/// The least loss within so many trials, one after the other.
double best_of(const std::string& sampler, const Space& space, Function loss, std::int64_t seed,
               std::uint64_t trials) {
  const auto made = sampler_kind(sampler).make(
      {.space = space, .seed = seed, .trials = static_cast<std::int64_t>(trials)});
  std::vector<Observation> seen;
  double best = INFINITY;
  for (std::uint64_t trial = 0; trial < trials; ++trial) {
    auto point = *made->ask(trial, seen, 0);
    const double value = loss(point);
    best = std::min(best, value);
    seen.push_back({.point = std::move(point), .loss = value});
  }
  return best;
}

double median_best(const std::string& sampler, const Space& space, Function loss) {
  constexpr std::int64_t kSeeds = 15;
  constexpr std::uint64_t kTrials = 60;
  std::vector<double> best;
  for (std::int64_t seed = 1; seed <= kSeeds; ++seed)
    best.push_back(best_of(sampler, space, loss, seed, kTrials));
  std::ranges::sort(best);
  return best[best.size() / 2];
}

/// Branin on its usual square, least 0.397887. Source: Dixon, Szegő, Towards Global Optimisation 2
/// (1978).
double branin(const Point& point) {
  constexpr double kPi = std::numbers::pi;
  const double x = point[0] * 15 - 5;
  const double y = point[1] * 15;
  const double bend = y - 5.1 / (4 * kPi * kPi) * x * x + 5 / kPi * x - 6;
  return bend * bend + 10 * (1 - 1 / (8 * kPi)) * std::cos(x) + 10;
}

/// Hartmann's function of six variables, least −3.32237. Source: the same.
double hartmann(const Point& point) {
  constexpr std::array<double, 4> kWeights{1.0, 1.2, 3.0, 3.2};
  constexpr std::array<std::array<double, 6>, 4> kScales{{{10, 3, 17, 3.5, 1.7, 8},
                                                          {0.05, 10, 17, 0.1, 8, 14},
                                                          {3, 3.5, 1.7, 10, 17, 8},
                                                          {17, 8, 0.05, 10, 0.1, 14}}};
  constexpr std::array<std::array<double, 6>, 4> kCentres{
      {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
       {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
       {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
       {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}};
  double sum = 0;
  for (std::size_t i = 0; i < kWeights.size(); ++i) {
    double inner = 0;
    for (std::size_t j = 0; j < point.size(); ++j)
      inner += kScales[i][j] * (point[j] - kCentres[i][j]) * (point[j] - kCentres[i][j]);
    sum -= kWeights[i] * std::exp(-inner);
  }
  return sum;
}

double bowl(const Point& point) {
  double sum = 0;
  for (const double place : point) sum += (place - 0.7) * (place - 0.7);
  return sum;
}

/// Half of it is which of four choices it is: the third is best.
double mixed(const Point& point) {
  const auto choice = static_cast<int>(point[0] * 4);
  return std::abs(choice - 2) + bowl({point[1], point[2]});
}

}  // namespace

// What every sampler promises.

TEST_CASE("a sampler stays in the cube and answers the same again", "[sampler]") {
  for (const auto& name : samplers().names()) {
    CAPTURE(name);
    const SamplerSetting setting{.space = small(), .seed = 7, .trials = 9};
    const auto points = asked(name, setting, 9);
    CHECK(points.size() == 9);
    CHECK(asked(name, setting, 9) == points);
    for (const auto& point : points)
      for (const double place : point) {
        CHECK(place >= 0);
        CHECK(place < 1);
      }
  }
}

TEST_CASE("a sampler does not depend on what was asked before", "[sampler]") {
  for (const auto& name : samplers().names()) {
    CAPTURE(name);
    const SamplerSetting setting{.space = small(), .seed = 3, .trials = 9};
    const auto all = asked(name, setting, 9);
    const auto fresh = sampler_kind(name).make(setting);
    CHECK(fresh->ask(5, {}, 0) == all[5]);
  }
}

TEST_CASE("another seed leads elsewhere", "[sampler]") {
  for (const std::string name : {"random", "latin-hypercube", "sobol", "tpe"}) {
    CAPTURE(name);
    CHECK(asked(name, {.space = cube(2), .seed = 1, .trials = 4}, 4) !=
          asked(name, {.space = cube(2), .seed = 2, .trials = 4}, 4));
  }
}

TEST_CASE("an unknown sampler names those there are", "[sampler]") {
  CHECK_THROWS_WITH(sampler_kind("bayes"), "no sampler 'bayes'");
}

// What each is for.

TEST_CASE("a grid meets every combination once, then ends", "[sampler]") {
  const auto space = small();
  const auto made = sampler_kind("grid").make({.space = space});
  std::set<std::string> met;
  std::uint64_t trial = 0;
  while (const auto point = made->ask(trial, {}, 0)) {
    met.insert(space.params_at(*point).dump());
    ++trial;
  }
  CHECK(trial == 9);
  CHECK(met.size() == 9);
  CHECK_THROWS_WITH(sampler_kind("grid").make({.space = cube(1)}),
                    "a grid needs to know which values of 'x0' to try");
}

TEST_CASE("a Latin hypercube has one point in each part of each side", "[sampler]") {
  const auto points = asked("latin-hypercube", {.space = cube(3), .seed = 5, .trials = 20}, 25);
  REQUIRE(points.size() == 20);
  for (std::size_t side = 0; side < 3; ++side) {
    std::set<int> parts;
    for (const auto& point : points) parts.insert(static_cast<int>(point[side] * 20));
    CHECK(parts.size() == 20);
  }
}

// Reference: scipy 1.17.1, scipy.stats.qmc.Sobol(64, scramble=False).random(8).
TEST_CASE("Sobol's sequence is that of scipy", "[sampler]") {
  const auto points = asked("sobol", {.space = cube(64), .seed = 0}, 8);
  const auto side = [&](std::size_t index) {
    std::vector<double> places;
    for (const auto& point : points) places.push_back(point[index]);
    return places;
  };
  CHECK(side(0) == std::vector{0.0, 0.5, 0.75, 0.25, 0.375, 0.875, 0.625, 0.125});
  CHECK(side(1) == std::vector{0.0, 0.5, 0.25, 0.75, 0.375, 0.875, 0.125, 0.625});
  CHECK(side(2) == std::vector{0.0, 0.5, 0.25, 0.75, 0.625, 0.125, 0.875, 0.375});
  CHECK(side(5) == std::vector{0.0, 0.5, 0.75, 0.25, 0.125, 0.625, 0.875, 0.375});
  CHECK(side(40) == std::vector{0.0, 0.5, 0.25, 0.75, 0.875, 0.375, 0.625, 0.125});
  CHECK(side(63) == std::vector{0.0, 0.5, 0.75, 0.25, 0.125, 0.625, 0.875, 0.375});
}

TEST_CASE("Sobol's points fill every box of a sixteenth alike, whatever the seed", "[sampler]") {
  for (const std::int64_t seed : {0, 1, 99}) {
    std::set<std::pair<int, int>> boxes;
    for (const auto& point : asked("sobol", {.space = cube(2), .seed = seed}, 16))
      boxes.emplace(static_cast<int>(point[0] * 4), static_cast<int>(point[1] * 4));
    CHECK(boxes.size() == 16);
  }
}

TEST_CASE("TPE finds better than chance within 60 trials", "[sampler]") {
  CHECK(median_best("tpe", cube(2), branin) < 0.9 * median_best("random", cube(2), branin));
  // Both are negative: the lower the better.
  CHECK(median_best("tpe", cube(6), hartmann) < 1.1 * median_best("random", cube(6), hartmann));
  CHECK(median_best("tpe", cube(5), bowl) < 0.5 * median_best("random", cube(5), bowl));
  const Space space({{.name = "kind", .choices = {0, 1, 2, 3}}, real("x"), real("y")});
  CHECK(median_best("tpe", space, mixed) < 0.5 * median_best("random", space, mixed));
}

TEST_CASE("TPE learns from trials that failed or were given up", "[sampler]") {
  const auto made = sampler_kind("tpe").make({.space = cube(1), .seed = 1});
  std::vector<Observation> seen;
  for (int i = 0; i < 20; ++i) {
    const double place = (i + 0.5) / 20;
    // The left half fails; on the right less is better to the left.
    seen.push_back({.point = {place},
                    .loss = place < 0.5 ? std::nullopt : std::optional(place),
                    .complete = i % 2 == 0});
  }
  int inside = 0;
  for (std::uint64_t trial = 20; trial < 60; ++trial) {
    const auto place = (*made->ask(trial, seen, 0))[0];
    if (place > 0.45 && place < 0.75) ++inside;
  }
  CHECK(inside > 30);
}

}  // namespace mlo::run
