#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "run/search/chance.h"
#include "run/search/space.h"

namespace mlo::run {

/// A density over the space of a search: one kernel around each point, and one over all of it, so
/// that no place is impossible. Along an ordered side a kernel is a normal distribution cut off at
/// the ends, along a choice it prefers its own value.
///
/// Kernels join the sides, as in Falkner, Klein, Hutter, ICML 2018; the width falls as Scott's rule
/// has it (Multivariate Density Estimation, 1992).
class ParzenEstimator {
 public:
  ParzenEstimator(const Space& space, std::vector<Point> points);

  [[nodiscard]] Point draw(Chance& chance) const;
  [[nodiscard]] double log_density(std::span<const double> point) const;

 private:
  [[nodiscard]] double log_kernel(std::size_t kernel, std::span<const double> point) const;
  [[nodiscard]] double log_side(std::size_t kernel, std::size_t side, double place) const;
  [[nodiscard]] double draw_side(std::size_t kernel, std::size_t side, Chance& chance) const;
  [[nodiscard]] bool is_wide(std::size_t kernel) const { return kernel == points_.size(); }

  const Space& space_;
  std::vector<Point> points_;
  std::vector<double> widths_;  ///< of the kernels along each side
};

}  // namespace mlo::run
