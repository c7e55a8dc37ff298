#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mlo::ui {

/// `counts` as a row of at most `width` blocks, neighbours added up, the highest full; a count of
/// zero is blank, any other at least the lowest block. Empty without counts.
std::string sparkline(std::span<const std::int64_t> counts, std::size_t width);

}  // namespace mlo::ui
