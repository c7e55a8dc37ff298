#pragma once

#include <string>
#include <vector>

#include "mlo/ui/view.h"

namespace mlo::ui {

/// The ends of what a chart shows.
struct Extent {
  double least_at = 0;
  double most_at = 0;
  double least = 0;
  double most = 0;
};
/// Of all its lines; nothing to show: all zero. Where there is but one value, room around it.
Extent extent_of(const Chart& chart);

/// Figures at even distances that people like to read: 0, 0.2, 0.4, …; about `count` of them.
std::vector<double> ticks(double least, double most, int count);

/// At most about `most` points: of each part of the steps the least and the greatest value.
std::vector<Chart::Point> thinned(const std::vector<Chart::Point>& points, std::size_t most);

/// A chart for terminals: braille where colours tell the lines apart, else a letter a line.
std::string draw_chart(const Chart& chart, const Style& style);

}  // namespace mlo::ui
