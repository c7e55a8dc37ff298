#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "mlo/core/error.h"
#include "mlo/data/quality.h"

namespace mlo::data {

namespace {

struct Group {
  double rows = 0;
  double selected = 0;
  double positives = 0;
  double hits = 0;
  double negatives = 0;
  double false_alarms = 0;
};

double share(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

struct Spread {
  double low;
  double high;
};

template <typename Rate>
Spread spread_of(const std::map<std::optional<std::string>, Group>& groups, Rate&& rate) {
  Spread spread{.low = 1, .high = 0};
  for (const auto& [value, group] : groups) {
    spread.low = std::min(spread.low, rate(group));
    spread.high = std::max(spread.high, rate(group));
  }
  return spread;
}

double gap(const Spread& spread) {
  return spread.high - spread.low;
}

/// Nothing for 0 / 0: nobody selected anywhere.
std::optional<double> ratio(const Spread& spread) {
  return spread.high > 0 ? std::optional(spread.low / spread.high) : std::nullopt;
}

}  // namespace

// fairlearn.metrics with method="between_groups": the largest difference of a rate between two
// groups. A group without a positive row has the true positive rate 0 there and here; rows without
// a group are a group of their own, which fairlearn would leave out.
Metrics fairness(const Predictions& predictions,
                 std::span<const std::optional<std::string>> groups) {
  if (predictions.task != Task::binary_classification)
    throw Error(ErrorKind::bad_input, "group fairness is defined for binary classification")
        .hint("leave out --fairness");
  if (groups.size() != predictions.rows() || predictions.predicted.size() != predictions.rows())
    throw Error(ErrorKind::bad_input, "{} groups and {} predicted classes for {} rows",
                groups.size(), predictions.predicted.size(), predictions.rows());
  if (predictions.rows() == 0) throw Error(ErrorKind::bad_input, "no rows to evaluate");
  std::map<std::optional<std::string>, Group> counted;
  for (std::size_t row = 0; row < groups.size(); ++row) {
    auto& group = counted[groups[row]];
    const bool is_selected = predictions.predicted[row] == predictions.positive;
    const bool is_positive = predictions.labels[row] == predictions.positive;
    group.rows += 1;
    group.selected += is_selected ? 1 : 0;
    (is_positive ? group.positives : group.negatives) += 1;
    if (is_selected) (is_positive ? group.hits : group.false_alarms) += 1;
  }
  const auto selection =
      spread_of(counted, [](const Group& group) { return group.selected / group.rows; });
  const auto opportunity =
      spread_of(counted, [](const Group& group) { return share(group.hits, group.positives); });
  const auto alarms = spread_of(
      counted, [](const Group& group) { return share(group.false_alarms, group.negatives); });
  const auto precision =
      spread_of(counted, [](const Group& group) { return share(group.hits, group.selected); });
  Metrics metrics;
  const auto add = [&](const std::string& name, double difference, std::optional<double> ratio) {
    metrics.emplace_back(name + "_difference", difference);
    if (ratio) metrics.emplace_back(name + "_ratio", *ratio);
  };
  add("demographic_parity", gap(selection), ratio(selection));
  // Without a false alarm anywhere the hits alone decide, as there.
  auto odds = ratio(opportunity);
  if (odds && ratio(alarms)) odds = std::min(*odds, *ratio(alarms));
  add("equalized_odds", std::max(gap(opportunity), gap(alarms)), odds);
  add("equal_opportunity", gap(opportunity), ratio(opportunity));
  add("predictive_parity", gap(precision), ratio(precision));
  return metrics;
}

}  // namespace mlo::data
