#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "data/quality/encoded.h"
#include "mlo/data/quality.h"

namespace mlo::data {

/// What `measure` says of each draw of `rows` rows with replacement, told as how often each row was
/// drawn; in order of draw. Draws are independent of each other, so that any number of threads
/// gives the same. `measure` is called from several threads.
/// Source: Efron, Ann. Stat. 7 (1979), 1–26.
std::vector<std::vector<std::optional<double>>> bootstrap(
    std::size_t rows, const Resampling& resampling,
    const std::function<std::vector<std::optional<double>>(Weights)>& measure);

}  // namespace mlo::data
