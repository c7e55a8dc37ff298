#include <algorithm>
#include <vector>

#include "data/quality/encoded.h"
#include "data/statistics/quantile.h"
#include "data/statistics/random.h"
#include "mlo/core/error.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

std::vector<Interval> confidence(const Predictions& predictions, double level, int resamples,
                                 std::uint64_t seed) {
  if (!(level > 0 && level < 1))
    throw Error(ErrorKind::bad_input, "a confidence of {} does not lie between 0 and 1", level);
  if (resamples < 1) throw Error(ErrorKind::bad_input, "a bootstrap needs at least one resample");
  const Encoded encoded(predictions);
  std::vector<const NamedMetric*> metrics;
  for (const auto& metric : all_metrics())
    if (metric.task == predictions.task) metrics.push_back(&metric);
  std::vector<std::vector<double>> drawn(metrics.size());
  std::vector<std::uint32_t> weights(encoded.rows());
  Random random(seed);
  for (int i = 0; i < resamples; ++i) {
    std::ranges::fill(weights, 0U);
    for (std::size_t row = 0; row < weights.size(); ++row) ++weights[random.below(weights.size())];
    for (std::size_t m = 0; m < metrics.size(); ++m)
      if (const auto value = metrics[m]->compute(encoded, weights)) drawn[m].push_back(*value);
  }
  std::vector<Interval> intervals;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (drawn[m].empty()) continue;
    const auto sorted = sorted_values(drawn[m]);
    intervals.push_back({.metric = std::string(metrics[m]->name),
                         .low = quantile(sorted, (1 - level) / 2),
                         .high = quantile(sorted, (1 + level) / 2)});
  }
  return intervals;
}

}  // namespace mlo::data
