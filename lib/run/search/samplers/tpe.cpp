#include <algorithm>
#include <cmath>

#include "run/search/parzen.h"
#include "run/search/sampler.h"

namespace mlo::run {
namespace {

constexpr std::size_t kStartUp = 10;     // so many results before there is anything to learn from
constexpr std::size_t kCandidates = 48;  // drawn where good ones lie; the best of them is asked for
constexpr double kGoodShare = 0.15;
constexpr std::size_t kMaxGood = 25;

/// Results from the best on: those that went to their end, those given up, those that failed.
bool is_better(const Observation& one, const Observation& other) {
  const auto rank = [](const Observation& seen) { return !seen.loss ? 2 : seen.complete ? 0 : 1; };
  if (rank(one) != rank(other)) return rank(one) < rank(other);
  return one.loss && *one.loss < *other.loss;
}

/// The Tree-structured Parzen Estimator: where the density of good results is highest beside that
/// of all others. Sources: Bergstra, Bardenet, Bengio, Kégl, NeurIPS 24 (2011), 2546–2554; the
/// joint kernels and the widths from those who measured them since, as `ParzenEstimator` says.
class TpeSampler final : public Sampler {
 public:
  explicit TpeSampler(SamplerSetting setting) : setting_(std::move(setting)) {}

  std::optional<Point> ask(std::uint64_t trial, std::span<const Observation> seen,
                           std::uint64_t draw) override {
    Chance chance(setting_.seed, trial, draw);
    const auto results =
        std::ranges::count_if(seen, [](const Observation& one) { return one.loss.has_value(); });
    if (static_cast<std::size_t>(results) < kStartUp) return anywhere(chance);
    std::vector<Observation> sorted(seen.begin(), seen.end());
    std::ranges::stable_sort(sorted, is_better);
    const auto share =
        static_cast<std::size_t>(std::ceil(kGoodShare * static_cast<double>(results)));
    const auto good = static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(share, 1, kMaxGood));
    return best_candidate(
        ParzenEstimator(setting_.space, points_of(sorted.begin(), sorted.begin() + good)),
        ParzenEstimator(setting_.space, points_of(sorted.begin() + good, sorted.end())), chance);
  }

 private:
  using Iterator = std::vector<Observation>::const_iterator;

  static std::vector<Point> points_of(Iterator begin, Iterator end) {
    std::vector<Point> points;
    std::transform(begin, end, std::back_inserter(points),
                   [](const Observation& one) { return one.point; });
    return points;
  }

  Point anywhere(Chance& chance) const {
    Point point(setting_.space.dimensions());
    for (auto& place : point) place = chance.share();
    return point;
  }

  static Point best_candidate(const ParzenEstimator& good, const ParzenEstimator& bad,
                              Chance& chance) {
    Point best;
    double most = 0;
    for (std::size_t i = 0; i < kCandidates; ++i) {
      auto candidate = good.draw(chance);
      const double gain = good.log_density(candidate) - bad.log_density(candidate);
      if (best.empty() || gain > most) {
        most = gain;
        best = std::move(candidate);
      }
    }
    return best;
  }

  SamplerSetting setting_;
};

const bool kRegistered = samplers().add(
    "tpe",
    {.make =
         [](SamplerSetting setting) { return std::make_unique<TpeSampler>(std::move(setting)); },
     .learns = true});

}  // namespace
}  // namespace mlo::run
