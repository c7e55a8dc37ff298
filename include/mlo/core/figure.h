#pragma once

#include <span>
#include <string>
#include <vector>

namespace mlo {

/// A figure as people read it: `digits` significant ones, but never less than its whole part, and
/// no power of ten from 0.0001 up to 10¹⁵. 13420.5 is "13420", 0.034567 "0.03457", 3.2e-9
/// "3.2e-09"; what is no number reads as in JSON. For scripts there is `number_text`.
std::string format_figure(double value, int digits = 4);
/// The marks of a scale, in their order: with as many digits as it takes to tell neighbours apart.
std::vector<std::string> format_scale(std::span<const double> marks);

}  // namespace mlo
