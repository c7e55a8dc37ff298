#include "mlo/core/figure.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "mlo/core/json.h"

namespace mlo {
namespace {

constexpr int kDigits = 4;
constexpr double kHuge = 1e15;  // from here on doubles are hardly whole numbers any more

}  // namespace

std::string format_figure(double value, int digits) {
  if (!std::isfinite(value) || value == 0) return number_text(value);
  const double size = std::abs(value);
  const bool whole = size >= std::pow(10, digits - 1) && size < kHuge;
  return whole ? fmt::format("{:.0f}", value) : fmt::format("{:.{}g}", value, digits);
}

std::vector<std::string> format_scale(std::span<const double> marks) {
  std::vector<std::string> texts(marks.size());
  for (int digits = kDigits; digits <= std::numeric_limits<double>::max_digits10; ++digits) {
    std::ranges::transform(marks, texts.begin(),
                           [&](double mark) { return format_figure(mark, digits); });
    if (std::ranges::adjacent_find(texts) == texts.end()) break;
  }
  return texts;
}

}  // namespace mlo
