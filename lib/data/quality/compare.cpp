#include <algorithm>
#include <vector>

#include "data/quality/encoded.h"
#include "data/statistics/quantile.h"
#include "data/statistics/random.h"
#include "mlo/core/error.h"

namespace mlo::data {

Comparison compare(const Predictions& champion, const Predictions& challenger,
                   std::string_view name, int resamples, std::uint64_t seed) {
  if (champion.task != challenger.task || champion.rows() != challenger.rows())
    throw Error(ErrorKind::bad_input, "the two models were not evaluated on the same rows");
  if (resamples < 1) throw Error(ErrorKind::bad_input, "a bootstrap needs at least one resample");
  const auto& metric = metric_named(champion.task, name);
  const Encoded first(champion);
  const Encoded second(challenger);
  std::vector<std::uint32_t> weights(first.rows(), 1);
  const auto first_value = metric.compute(first, weights);
  const auto second_value = metric.compute(second, weights);
  if (!first_value || !second_value)
    throw Error(ErrorKind::bad_input, "metric '{}' is undefined on these {} rows", name,
                first.rows())
        .hint("it may need scores, or rows of both classes");
  Comparison comparison{
      .metric = std::string(name), .champion = *first_value, .challenger = *second_value};
  Random random(seed);
  std::vector<double> differences;
  for (int i = 0; i < resamples; ++i) {
    std::fill(weights.begin(), weights.end(), 0U);
    for (std::size_t drawn = 0; drawn < weights.size(); ++drawn)
      ++weights[random.below(weights.size())];
    const auto before = metric.compute(first, weights);
    const auto after = metric.compute(second, weights);
    // A resample with one class only says nothing about a ranking.
    if (before && after) differences.push_back(*after - *before);
  }
  const auto sorted = sorted_values(differences);
  const double difference = *second_value - *first_value;
  comparison.low = sorted.empty() ? difference : quantile(sorted, 0.025);
  comparison.high = sorted.empty() ? difference : quantile(sorted, 0.975);
  return comparison;
}

}  // namespace mlo::data
