#include <vector>

#include "data/quality/bootstrap.h"
#include "data/quality/encoded.h"
#include "data/statistics/quantile.h"
#include "mlo/core/error.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

std::vector<Interval> confidence(const Predictions& predictions, double level,
                                 const Resampling& resampling) {
  if (!(level > 0 && level < 1))
    throw Error(ErrorKind::bad_input, "a confidence of {} does not lie between 0 and 1", level);
  const Encoded encoded(predictions);
  std::vector<const NamedMetric*> metrics;
  for (const auto& metric : all_metrics())
    if (metric.task == predictions.task) metrics.push_back(&metric);
  const auto drawn = bootstrap(encoded.rows(), resampling, [&](Weights weights) {
    std::vector<std::optional<double>> values;
    values.reserve(metrics.size());
    for (const auto* metric : metrics) values.push_back(metric->compute(encoded, weights));
    return values;
  });
  std::vector<Interval> intervals;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::vector<double> defined;
    for (const auto& values : drawn)
      if (values[m]) defined.push_back(*values[m]);
    if (defined.empty()) continue;
    const auto sorted = sorted_values(defined);
    intervals.push_back({.metric = std::string(metrics[m]->name),
                         .low = quantile(sorted, (1 - level) / 2),
                         .high = quantile(sorted, (1 + level) / 2)});
  }
  return intervals;
}

}  // namespace mlo::data
