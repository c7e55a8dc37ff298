#include "serve/tracking/step_binding.h"

#include <limits>

#include <catch2/catch.hpp>

#include "mlo/core/file.h"
#include "mlo/run/recording.h"

using namespace mlo;
using namespace mlo::serve::tracking;

TEST_CASE("what a client logs to its step is recorded, though JSON has no such number",
          "[step-binding]") {
  constexpr auto kInfinite = std::numeric_limits<double>::infinity();
  constexpr auto kLargest = std::numeric_limits<double>::max();
  const auto world = system_world();
  const TemporaryFolder folder(std::filesystem::temp_directory_path(), world);
  const StepBinding step{
      .run = "r", .step = "fit", .started_at = {}, .record_file = folder.path() / "fit.points"};
  record(&step, "r",
         {.metrics = {{"up", kInfinite, 1, {2}},
                      {"down", -kInfinite, 1, {2}},
                      {"none", std::numeric_limits<double>::quiet_NaN(), 1, {2}}}});
  record(&step, "another", {.metrics = {{"loss", 1, 1, {2}}}});
  const auto points = run::read_points(read_file(step.record_file), "fit");
  REQUIRE(points.size() == 3);
  CHECK(points[0].value.as_number() == kLargest);
  CHECK(points[1].value.as_number() == -kLargest);
  CHECK(points[2].value == Json("NaN"));
}
