#include "data/drift/histogram.h"

#include <algorithm>
#include <numeric>

#include <fmt/core.h>

#include "data/drift/bins.h"
#include "data/drift/sides.h"
#include "mlo/core/json.h"

namespace mlo::data {

namespace {

constexpr std::size_t kBins = 10;
constexpr std::size_t kMaxCategories = 12;

double share(double count, double total) {
  return total == 0 ? 0 : count / total;
}

std::string name_of_value(const Sides& sides, std::size_t i) {
  return sides.is_numeric ? number_text(sides.values[i]) : sides.categories[i];
}

void draw_numbers(ColumnDrift& column, const Sides& sides) {
  const auto& first = sides.reference.empty() ? sides.current : sides.reference;
  const auto& second = sides.current.empty() ? sides.reference : sides.current;
  const auto edges = equal_edges(std::min(first.front(), second.front()),
                                 std::max(first.back(), second.back()), kBins);
  for (std::size_t i = 1; i < edges.size(); ++i)
    column.bins.push_back(fmt::format("{:.4g} – {:.4g}", edges[i - 1], edges[i]));
  column.reference = count_in_bins(sides.reference, edges);
  column.current = count_in_bins(sides.current, edges);
  column.edges = edges;
}

void draw_categories(ColumnDrift& column, const Sides& sides) {
  std::vector<std::size_t> order(sides.different);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto total = [&](std::size_t i) {
    return share(sides.reference_counts[i], sides.reference_total) +
           share(sides.current_counts[i], sides.current_total);
  };
  if (order.size() > kMaxCategories)
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return total(a) > total(b); });
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const auto i = order[rank];
    const bool is_other = order.size() > kMaxCategories && rank >= kMaxCategories - 1;
    if (!is_other || rank == kMaxCategories - 1) {
      column.bins.push_back(is_other ? "other" : name_of_value(sides, i));
      column.reference.push_back(0);
      column.current.push_back(0);
    }
    column.reference.back() += sides.reference_counts[i];
    column.current.back() += sides.current_counts[i];
  }
}

}  // namespace

void draw_histogram(ColumnDrift& column, const Sides& sides) {
  // Of free text and identifiers no value is worth a bar.
  if (sides.different == 0 || column.kind == kKindTexts || column.kind == kKindIdentifiers) return;
  if (sides.is_numeric && sides.different > kBins)
    draw_numbers(column, sides);
  else
    draw_categories(column, sides);
  for (auto& count : column.reference) count = share(count, sides.reference_total);
  for (auto& count : column.current) count = share(count, sides.current_total);
}

}  // namespace mlo::data
