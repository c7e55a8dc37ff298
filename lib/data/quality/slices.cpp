#include <algorithm>
#include <map>
#include <utility>

#include <fmt/core.h>

#include "data/contract/rows_view.h"
#include "data/engine.h"
#include "data/quality/encoded.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/process.h"
#include "mlo/data/quality_report.h"

namespace mlo::data {

namespace {

constexpr std::size_t kMostValues = 50;
using Values = std::vector<std::optional<std::string>>;

struct Slice {
  std::string column;
  std::string value;
  std::vector<std::size_t> rows;
};

std::string text_of(const std::optional<std::string>& value) {
  return value.value_or("(null)");
}

std::vector<Slice> slices_of(const std::string& name, const Values& values) {
  std::map<std::string, std::vector<std::size_t>> groups;
  for (std::size_t row = 0; row < values.size(); ++row) {
    groups[text_of(values[row])].push_back(row);
    if (groups.size() > kMostValues) return {};
  }
  std::vector<Slice> slices;
  slices.reserve(groups.size());
  for (auto& [value, rows] : groups) slices.push_back({name, value, std::move(rows)});
  return slices;
}

/// The rows that are in both; each is sorted.
Slice both(const Slice& left, const Slice& right) {
  Slice slice{left.column + ", " + right.column, left.value + ", " + right.value, {}};
  std::ranges::set_intersection(left.rows, right.rows, std::back_inserter(slice.rows));
  return slice;
}

/// Keeps the worst slices of a metric.
class Search {
 public:
  Search(const Predictions& predictions, const NamedMetric& metric, std::int64_t min_rows)
      : predictions_(predictions), metric_(metric), min_rows_(static_cast<std::size_t>(min_rows)) {}

  void look_at(const Slice& slice) {
    if (slice.rows.size() < min_rows_ || slice.rows.empty()) return;
    const auto part = predictions_.subset(slice.rows);
    const Encoded encoded(part);
    const std::vector<std::uint32_t> once(encoded.rows(), 1);
    const auto value = metric_.compute(encoded, once);
    if (!value) return;
    found_.push_back({.column = slice.column,
                      .value = slice.value,
                      .rows = static_cast<std::int64_t>(slice.rows.size()),
                      .metrics = {{std::string(metric_.name), *value}}});
  }

  std::vector<SliceMetrics> worst(std::size_t count) {
    std::ranges::stable_sort(found_, [&](const SliceMetrics& left, const SliceMetrics& right) {
      const double first = left.metrics[0].second;
      const double second = right.metrics[0].second;
      return metric_.larger_is_better ? first < second : first > second;
    });
    if (found_.size() > count) found_.resize(count);
    return std::move(found_);
  }

 private:
  const Predictions& predictions_;
  const NamedMetric& metric_;
  std::size_t min_rows_;
  std::vector<SliceMetrics> found_;
};

}  // namespace

Values expression_texts(const Table& table, const std::string& expression) {
  constexpr std::chrono::milliseconds kTime{60'000};
  Contract contract;
  contract.name = "table";
  const RowsView view(contract, table);
  auto& engine = table.state().engine;
  engine.limit(kTime);
  Values values;
  try {
    engine.query(
        fmt::format("SELECT CAST(({}\n) AS VARCHAR) FROM mlo_rows ORDER BY mlo_row", expression),
        [](const Engine::Answer&) {},
        [&](const std::vector<Engine::Text>& row) {
          values.push_back(row.at(0));
          return true;
        });
  } catch (const Error& error) {
    engine.limit({});
    const auto& message = error.message();
    throw Error(error.kind(), "slice '{}': {}", expression, message.substr(0, message.find('\n')))
        .hint("write an expression over the table's columns: \"age > 60\"");
  }
  engine.limit({});
  return values;
}

std::vector<SliceMetrics> worst_slices(const Predictions& predictions,
                                       std::span<const SliceColumn> columns,
                                       const SliceSearch& wanted) {
  Search search(predictions, metric_named(predictions.task, wanted.metric), wanted.min_rows);
  std::vector<std::vector<Slice>> all;
  for (const auto& column : columns)
    if (auto slices = slices_of(column.name, column.values); slices.size() > 1)
      all.push_back(std::move(slices));
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& slice : all[i]) {
      throw_if_stopped(wanted.stop);
      search.look_at(slice);
      // Nor is a part of it large enough.
      if (slice.rows.size() < static_cast<std::size_t>(wanted.min_rows)) continue;
      for (std::size_t j = i + 1; j < all.size(); ++j)
        for (const auto& other : all[j]) search.look_at(both(slice, other));
    }
  return search.worst(wanted.count);
}

}  // namespace mlo::data
