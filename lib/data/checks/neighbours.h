#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "data/checks/features.h"

namespace mlo::data {

/// The `count` nearest other points of every point by Euclidean distance, found exactly: among
/// equally near ones the earlier. Result i holds those of point i, the nearest first. n² distances:
/// 20,000 points of 20 features take some two seconds of one core.
std::vector<std::vector<std::uint32_t>> nearest_neighbours(const Features& features,
                                                           std::size_t count, int threads,
                                                           const std::stop_token& stop = {});

}  // namespace mlo::data
