#include "data/drift/domain_classifier.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>

#include "data/drift/boosted_trees.h"
#include "data/table_state.h"
#include "mlo/core/thread.h"

namespace mlo::data {
namespace {

constexpr std::size_t kMaxRows = 10'000;
constexpr std::size_t kFolds = 5;
constexpr double kThreshold = 0.55;

/// Places of evenly spaced rows.
std::vector<std::size_t> sample(std::size_t rows) {
  const auto count = std::min(rows, kMaxRows);
  std::vector<std::size_t> places(count);
  for (std::size_t i = 0; i < count; ++i) places[i] = i * rows / count;
  return places;
}

template <typename Value>
std::vector<Value> take(const std::vector<Value>& all, const std::vector<std::size_t>& places) {
  std::vector<Value> some;
  some.reserve(places.size());
  for (const auto place : places) some.push_back(all[place]);
  return some;
}

using Bins = std::vector<std::uint8_t>;
constexpr std::size_t kValueBins = BoostedTrees::kBins - 1;  // bin 0 is for what is missing

/// Numbers by their place among quantiles of both sides together.
Bins bins_of(const std::vector<double>& values) {
  std::vector<double> sorted;
  std::ranges::copy_if(values, std::back_inserter(sorted),
                       [](double value) { return !std::isnan(value); });
  std::ranges::sort(sorted);
  std::vector<double> edges;
  for (std::size_t i = 1; i < kValueBins && !sorted.empty(); ++i)
    edges.push_back(sorted[i * sorted.size() / kValueBins]);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  Bins bins;
  bins.reserve(values.size());
  for (const double value : values)
    bins.push_back(
        std::isnan(value)
            ? 0
            : static_cast<std::uint8_t>(
                  1 + (std::upper_bound(edges.begin(), edges.end(), value) - edges.begin())));
  return bins;
}

/// The most frequent texts each, all others together.
Bins bins_of(const std::vector<std::optional<std::string>>& texts) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto& text : texts)
    if (text) ++counts[*text];
  std::vector<std::pair<std::string_view, std::size_t>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::greater{}, [](const auto& one) { return one.second; });
  std::map<std::string_view, std::uint8_t> codes;
  for (std::size_t i = 0; i < order.size(); ++i)
    codes[order[i].first] = static_cast<std::uint8_t>(std::min(i + 1, kValueBins));
  Bins bins;
  bins.reserve(texts.size());
  for (const auto& text : texts) bins.push_back(text ? codes.at(*text) : 0);
  return bins;
}

template <typename Value>
std::vector<Value> joined(std::vector<Value> first, const std::vector<Value>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool is_number(const Table& table, const std::string& name) {
  const auto type = table.find(name)->type;
  return type != ColumnType::text && type != ColumnType::other && type != ColumnType::boolean;
}

/// The chance that a row of the current table scores higher than one of the reference; ties count
/// half (Mann–Whitney).
double auc_of(const std::vector<double>& scores, std::size_t first_of_current) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t row) { return scores[row]; });
  double below = 0;
  double pairs = 0;  // doubled, so that halves stay whole numbers
  for (std::size_t begin = 0; begin < order.size();) {
    double of_reference = 0;
    double of_current = 0;
    auto end = begin;
    for (; end < order.size() && scores[order[end]] == scores[order[begin]]; ++end)
      ++(order[end] < first_of_current ? of_reference : of_current);
    pairs += of_current * (2 * below + of_reference);
    below += of_reference;
    begin = end;
  }
  const auto current = static_cast<double>(scores.size() - first_of_current);
  return pairs / 2 / static_cast<double>(first_of_current) / current;
}

}  // namespace

DomainFeature domain_feature(const Table& reference, const Table& current,
                             const std::string& column) {
  const auto before = sample(static_cast<std::size_t>(reference.rows()));
  const auto now = sample(static_cast<std::size_t>(current.rows()));
  if (is_number(reference, column) && is_number(current, column))
    return bins_of(
        joined(take(reference.numbers(column), before), take(current.numbers(column), now)));
  return bins_of(joined(take(reference.texts(column), before), take(current.texts(column), now)));
}

DomainClassifier domain_classifier(const std::vector<std::string>& columns,
                                   const std::vector<DomainFeature>& features,
                                   const DomainRows& tables, int threads) {
  const auto before = sample(static_cast<std::size_t>(tables.reference));
  const auto now = sample(static_cast<std::size_t>(tables.current));
  const auto rows = before.size() + now.size();
  std::vector<BoostedTrees::Row> labels(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const bool is_current = i >= before.size();
    const auto side = is_current ? now.size() : before.size();
    labels[i] = {.label = is_current ? 1.0 : 0.0,
                 .weight = static_cast<double>(rows) / 2 / static_cast<double>(side)};
  }
  std::vector<double> scores(rows);
  std::array<std::vector<double>, kFolds> gains;
  parallel_for(kFolds, threads, [&](std::size_t fold) {
    std::vector<std::uint32_t> training;
    for (std::uint32_t i = 0; i < rows; ++i)
      if (i % kFolds != fold) training.push_back(i);
    const BoostedTrees trees(features, labels, training);
    for (std::size_t i = fold; i < rows; i += kFolds) scores[i] = trees.score(i);
    gains.at(fold) = trees.gains();
  });
  DomainClassifier result{.rows = static_cast<std::int64_t>(rows),
                          .roc_auc = auc_of(scores, before.size()),
                          .threshold = kThreshold,
                          .importance = {}};
  double total = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    double gain = 0;
    for (const auto& of_fold : gains) gain += of_fold[i];
    result.importance.emplace_back(columns[i], gain);
    total += gain;
  }
  for (auto& [name, gain] : result.importance) gain = total > 0 ? gain / total : 0;
  std::ranges::stable_sort(result.importance, std::greater{},
                           [](const auto& one) { return one.second; });
  return result;
}

}  // namespace mlo::data
