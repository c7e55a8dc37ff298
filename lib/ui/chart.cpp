#include "ui/chart.h"

#include <algorithm>
#include <cmath>

namespace mlo::ui {

Extent extent_of(const Chart& chart) {
  Extent extent;
  bool first = true;
  for (const auto& line : chart.lines)
    for (const auto& point : line.points) {
      if (first) extent = {point.at, point.at, point.value, point.value};
      first = false;
      extent.least_at = std::min(extent.least_at, point.at);
      extent.most_at = std::max(extent.most_at, point.at);
      extent.least = std::min(extent.least, point.value);
      extent.most = std::max(extent.most, point.value);
    }
  if (extent.most_at == extent.least_at) extent.most_at += 1;
  if (extent.most == extent.least) {
    const double room = extent.most == 0 ? 1 : std::abs(extent.most) * 0.05;
    extent.least -= room;
    extent.most += room;
  }
  return extent;
}

std::vector<double> ticks(double least, double most, int count) {
  const double rough = (most - least) / std::max(count, 1);
  if (!(rough > 0) || !std::isfinite(rough)) return {least};
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = power * 10;
  for (const double nice : {1.0, 2.0, 5.0})
    if (rough <= nice * power) {
      step = nice * power;
      break;
    }
  std::vector<double> found;
  for (double index = std::ceil(least / step - 1e-9); index * step <= most + step * 1e-9; ++index)
    found.push_back(index == 0 ? 0 : index * step);
  return found;
}

std::vector<Chart::Point> thinned(const std::vector<Chart::Point>& points, std::size_t most) {
  if (points.size() <= most || most < 4) return points;
  const auto parts = most / 2;
  std::vector<Chart::Point> kept;
  for (std::size_t part = 0; part < parts; ++part) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(part * points.size() / parts);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>((part + 1) * points.size() / parts);
    auto [least, greatest] = std::minmax_element(
        begin, end,
        [](const Chart::Point& one, const Chart::Point& other) { return one.value < other.value; });
    if (greatest < least) std::swap(least, greatest);
    kept.push_back(*least);
    if (greatest != least) kept.push_back(*greatest);
  }
  return kept;
}

}  // namespace mlo::ui
