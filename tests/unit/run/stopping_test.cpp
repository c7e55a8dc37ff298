#include "run/search/stopping.h"

#include <catch2/catch.hpp>

namespace mlo::run {
namespace {

Curve curve(std::vector<double> losses, bool ended = true) {
  Curve made{.ended = ended};
  std::int64_t step = 0;
  for (const double loss : losses) made.points.push_back({++step, loss});
  return made;
}

}  // namespace

// What every rule promises.

TEST_CASE("no rule gives up a trial that is alone, or the best", "[stopping]") {
  for (const auto& name : stopping_rules().names()) {
    CAPTURE(name);
    const auto rule = make_stopping_rule({.rule = name, .first = 1, .trials = 2, .factor = 2});
    CHECK(!rule->gives_up(curve({9}, false), {}));
    const std::vector<Curve> others{curve({5, 4, 3, 2}), curve({6, 5, 4, 3}), curve({7, 6, 5, 4})};
    for (std::size_t steps = 1; steps <= 4; ++steps)
      CHECK(!rule->gives_up(curve(std::vector<double>(steps, 0.5), false), others));
    // A trial much worse than all others is.
    CHECK(rule->gives_up(curve({50}, false), others));
  }
}

TEST_CASE("an unknown rule names those there are", "[stopping]") {
  CHECK_THROWS_WITH(make_stopping_rule({.rule = "hyperband"}), "no stopping rule 'hyperband'");
}

TEST_CASE("the median is of trials that went to their end, at the same step", "[stopping]") {
  const auto rule = make_stopping_rule({.rule = "median", .first = 2, .trials = 3});
  const std::vector<Curve> others{curve({8, 4, 1}), curve({9, 6, 2}), curve({9, 8, 3}),
                                  curve({1, 1}, false)};
  CHECK(!rule->gives_up(curve({99}, false), others));      // before `first`
  CHECK(!rule->gives_up(curve({9, 5.9}, false), others));  // median at step 2: 6
  CHECK(rule->gives_up(curve({9, 6.1}, false), others));
  CHECK(!rule->gives_up(curve({5, 6.1}, false), others));    // its best so far counts
  CHECK(rule->gives_up(curve({9, 7, 2.5}, false), others));  // median at step 3: 2
  const std::vector<Curve> few{others[0], others[1]};
  CHECK(!rule->gives_up(curve({9, 99}, false), few));
}

TEST_CASE("halving judges at its rungs alone", "[stopping]") {
  const auto rule = make_stopping_rule({.rule = "halving", .first = 2, .factor = 2});
  const std::vector<Curve> others{curve({9, 5, 4, 3}, false), curve({9, 6, 5, 4}, false),
                                  curve({9, 7}, false)};
  CHECK(!rule->gives_up(curve({99}, false), others));
  CHECK(!rule->gives_up(curve({9, 5.5}, false), others));    // second of four goes on
  CHECK(rule->gives_up(curve({9, 6.5}, false), others));     // third of four does not
  CHECK(!rule->gives_up(curve({9, 5, 99}, false), others));  // step 3 is no rung
  CHECK(rule->gives_up(curve({9, 5, 9, 4.5}, false),
                       others));  // step 4: second of three, one goes on
  CHECK(!rule->gives_up(curve({9, 5, 9, 2.5}, false), others));
}

}  // namespace mlo::run
