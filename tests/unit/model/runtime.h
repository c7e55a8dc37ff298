#pragma once

#include <algorithm>

#include <catch2/catch.hpp>

#include "mlo/core/world.h"
#include "mlo/model/predictor.h"

namespace mlo::model {

/// False when ONNX Runtime is not installed, which a machine that must have it does not forgive.
inline bool runtime_is_here() {
  const auto world = system_world();
  const auto engines = engine_status(world);
  const bool found =
      std::ranges::any_of(engines, [](const EngineStatus& e) { return !e.version.empty(); });
  const bool required = world.environment("MLO_TEST_REQUIRE_ENGINES") == "1";
  if (!found && !required) WARN("ONNX Runtime is not installed: set MLO_ONNXRUNTIME");
  if (required) REQUIRE(found);
  return found;
}

}  // namespace mlo::model
