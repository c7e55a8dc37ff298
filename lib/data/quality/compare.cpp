#include <vector>

#include "data/quality/bootstrap.h"
#include "data/quality/encoded.h"
#include "data/statistics/quantile.h"
#include "mlo/core/error.h"

namespace mlo::data {

Comparison compare(const Predictions& champion, const Predictions& challenger,
                   std::string_view name, const Resampling& resampling) {
  if (champion.task != challenger.task || champion.rows() != challenger.rows())
    throw Error(ErrorKind::bad_input, "the two models were not evaluated on the same rows");
  const auto& metric = metric_named(champion.task, name);
  const Encoded first(champion);
  const Encoded second(challenger);
  const std::vector<std::uint32_t> once(first.rows(), 1);
  const auto first_value = metric.compute(first, once);
  const auto second_value = metric.compute(second, once);
  if (!first_value || !second_value)
    throw Error(ErrorKind::bad_input, "metric '{}' is undefined on these {} rows", name,
                first.rows())
        .hint("it may need scores, or rows of both classes");
  Comparison comparison{
      .metric = std::string(name), .champion = *first_value, .challenger = *second_value};
  const auto drawn = bootstrap(first.rows(), resampling, [&](Weights weights) {
    return std::vector{metric.compute(first, weights), metric.compute(second, weights)};
  });
  std::vector<double> differences;
  for (const auto& both : drawn)
    // A resample with one class only says nothing about a ranking.
    if (both[0] && both[1]) differences.push_back(*both[1] - *both[0]);
  const auto sorted = sorted_values(differences);
  const double difference = *second_value - *first_value;
  comparison.low = sorted.empty() ? difference : quantile(sorted, 0.025);
  comparison.high = sorted.empty() ? difference : quantile(sorted, 0.975);
  return comparison;
}

}  // namespace mlo::data
