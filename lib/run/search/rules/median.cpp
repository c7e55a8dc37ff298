#include <algorithm>

#include "run/search/stopping.h"

namespace mlo::run {
namespace {

/// Gives up a trial whose best so far is worse than the median of what the trials that went to
/// their end had reached at the same step. Source: Golovin et al., KDD 2017, 1487–1495
/// (section 3.2).
class MedianRule final : public StoppingRule {
 public:
  explicit MedianRule(const workspace::StoppingSpec& spec)
      : first_(spec.first), least_(static_cast<std::size_t>(spec.trials)) {}

  [[nodiscard]] bool gives_up(const Curve& curve, std::span<const Curve> others) const override {
    const auto step = curve.points.back().step;
    if (step < first_) return false;
    std::vector<double> reached;
    for (const auto& other : others)
      if (const auto best = other.best_until(step); other.ended && best) reached.push_back(*best);
    if (reached.size() < least_) return false;
    const auto middle = reached.begin() + static_cast<std::ptrdiff_t>(reached.size() / 2);
    std::ranges::nth_element(reached, middle);
    double median = *middle;
    if (reached.size() % 2 == 0) median = (median + *std::max_element(reached.begin(), middle)) / 2;
    return *curve.best_until(step) > median;
  }

 private:
  std::int64_t first_;
  std::size_t least_;
};

const bool kRegistered = stopping_rules().add("median", [](const workspace::StoppingSpec& spec) {
  return std::make_unique<MedianRule>(spec);
});

}  // namespace
}  // namespace mlo::run
