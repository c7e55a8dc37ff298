#pragma once

#include <filesystem>
#include <functional>
#include <stop_token>

#include "mlo/core/world.h"
#include "mlo/run/train.h"

namespace mlo::run {

/// Calls `train` now, and again whenever `mlo.yaml`, a params file or the content of an input has
/// changed and lies still: what would run is looked at about three times a second. What failed is
/// not tried again before something changes. Throws interrupted when stop is requested.
void watch(const std::filesystem::path& root, const TrainOptions& options, const World& world,
           const std::stop_token& stop, const std::function<void()>& train);

}  // namespace mlo::run
