#include "mlo/ui/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

namespace mlo::ui {

std::string sparkline(std::span<const std::int64_t> counts, std::size_t width) {
  constexpr std::array<std::string_view, 9> kBlocks = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::vector<double> sums(std::min(width, counts.size()), 0.0);
  for (std::size_t i = 0; i < counts.size() && !sums.empty(); ++i)
    sums[i * sums.size() / counts.size()] += static_cast<double>(counts[i]);
  const double most = sums.empty() ? 0 : *std::max_element(sums.begin(), sums.end());
  std::string line;
  for (const double sum : sums) {
    const double height = most > 0 ? sum / most * 8 : 0;
    line +=
        kBlocks[sum > 0 ? static_cast<std::size_t>(std::clamp(std::lround(height), 1L, 8L)) : 0];
  }
  return line;
}

}  // namespace mlo::ui
