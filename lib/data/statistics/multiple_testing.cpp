#include "data/statistics/multiple_testing.h"

#include <algorithm>
#include <numeric>

namespace mlo::data {

std::vector<double> benjamini_hochberg(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double least = 1;
  for (auto rank = order.size(); rank > 0; --rank) {
    const auto i = order[rank - 1];
    least = std::min(least,
                     p_values[i] * (static_cast<double>(order.size()) / static_cast<double>(rank)));
    adjusted[i] = least;
  }
  return adjusted;
}

}  // namespace mlo::data
