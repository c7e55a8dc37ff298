#include <algorithm>

#include "run/search/stopping.h"

namespace mlo::run {
namespace {

/// Successive halving without waiting: at the steps first, first × factor, first × factor², … a
/// trial goes on when it is among the best 1 of `factor` of those that have come so far.
/// Source: Li et al., "A system for massively parallel hyperparameter tuning" (ASHA), MLSys 2020.
class HalvingRule final : public StoppingRule {
 public:
  explicit HalvingRule(const workspace::StoppingSpec& spec)
      : first_(spec.first), factor_(spec.factor) {}

  [[nodiscard]] bool gives_up(const Curve& curve, std::span<const Curve> others) const override {
    const auto rung = rung_of(curve);
    if (!rung) return false;
    const auto own = *curve.best_until(*rung);
    std::size_t reached = 1;
    std::size_t better = 0;
    for (const auto& other : others) {
      if (other.points.empty() || other.points.back().step < *rung) continue;
      const auto best = other.best_until(*rung);
      if (!best) continue;
      ++reached;
      if (*best < own) ++better;
    }
    // Too few to leave one of `factor` behind: the first ones all go on.
    const auto kept = reached / static_cast<std::size_t>(factor_);
    return kept > 0 && better >= kept;
  }

 private:
  /// The rung that its newest point has reached, when the one before had not.
  [[nodiscard]] std::optional<std::int64_t> rung_of(const Curve& curve) const {
    const auto newest = curve.points.back().step;
    if (newest < first_) return std::nullopt;
    auto rung = first_;
    while (rung <= newest / factor_) rung *= factor_;
    const auto count = curve.points.size();
    const bool was_there = count > 1 && curve.points[count - 2].step >= rung;
    return was_there ? std::nullopt : std::optional(rung);
  }

  std::int64_t first_;
  std::int64_t factor_;
};

const bool kRegistered = stopping_rules().add("halving", [](const workspace::StoppingSpec& spec) {
  return std::make_unique<HalvingRule>(spec);
});

}  // namespace
}  // namespace mlo::run
