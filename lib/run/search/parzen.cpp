#include "run/search/parzen.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mlo::run {
namespace {

constexpr double kWidest = 0.2;
constexpr double kMiddle = 0.5;

double normal_below(double value) {
  return 0.5 * std::erfc(-value / std::numbers::sqrt2);
}

double log_cut_normal(double value, double mean, double width) {
  const double inside = normal_below((1 - mean) / width) - normal_below(-mean / width);
  const double away = (value - mean) / width;
  return -0.5 * away * away - std::log(width * std::sqrt(2 * std::numbers::pi) * inside);
}

std::int64_t index_of(double place, std::int64_t values) {
  return std::min(static_cast<std::int64_t>(place * static_cast<double>(values)), values - 1);
}

}  // namespace

ParzenEstimator::ParzenEstimator(const Space& space, std::vector<Point> points)
    : space_(space), points_(std::move(points)) {
  const auto kernels = static_cast<double>(points_.size() + 1);
  const auto sides = static_cast<double>(space_.dimensions());
  for (std::size_t side = 0; side < space_.dimensions(); ++side) {
    const double least = 1 / std::min(100.0, kernels + 1);
    const double width = kWidest * std::pow(kernels, -1 / (sides + 4));
    // Narrower than the part of one value it would see nothing beside it.
    const auto values = space_.values(side);
    const double part = values ? kMiddle / static_cast<double>(*values) : 0;
    widths_.push_back(std::max({width, least, part}));
  }
}

Point ParzenEstimator::draw(Chance& chance) const {
  const auto kernel = static_cast<std::size_t>(chance.below(points_.size() + 1));
  Point point(space_.dimensions());
  for (std::size_t side = 0; side < point.size(); ++side)
    point[side] = draw_side(kernel, side, chance);
  return point;
}

double ParzenEstimator::draw_side(std::size_t kernel, std::size_t side, Chance& chance) const {
  const auto values = space_.values(side);
  if (!space_.is_ordered(side)) {
    // Its own value has the weight of a point, each value a share of one.
    const auto stays = static_cast<double>(points_.size() + 1);
    const auto all = stays + static_cast<double>(*values);
    if (!is_wide(kernel) && chance.share() * all < stays) return points_[kernel][side];
    return space_.place_of(
        side, static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(*values))));
  }
  const double mean = is_wide(kernel) ? kMiddle : points_[kernel][side];
  const double width = is_wide(kernel) ? 1 : widths_[side];
  double place = -1;
  while (place < 0 || place >= 1) place = mean + width * chance.normal();
  return place;
}

double ParzenEstimator::log_density(std::span<const double> point) const {
  std::vector<double> kernels(points_.size() + 1);
  for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel)
    kernels[kernel] = log_kernel(kernel, point);
  const double most = *std::ranges::max_element(kernels);
  double sum = 0;
  for (const double one : kernels) sum += std::exp(one - most);
  return most + std::log(sum / static_cast<double>(kernels.size()));
}

double ParzenEstimator::log_kernel(std::size_t kernel, std::span<const double> point) const {
  double sum = 0;
  for (std::size_t side = 0; side < point.size(); ++side)
    sum += log_side(kernel, side, point[side]);
  return sum;
}

double ParzenEstimator::log_side(std::size_t kernel, std::size_t side, double place) const {
  if (space_.is_ordered(side))
    return is_wide(kernel) ? log_cut_normal(place, kMiddle, 1)
                           : log_cut_normal(place, points_[kernel][side], widths_[side]);
  const auto values = *space_.values(side);
  if (is_wide(kernel)) return -std::log(static_cast<double>(values));
  const auto stays = static_cast<double>(points_.size() + 1);
  const auto all = stays + static_cast<double>(values);
  const bool same = index_of(place, values) == index_of(points_[kernel][side], values);
  return std::log((same ? stays + 1 : 1.0) / all);
}

}  // namespace mlo::run
