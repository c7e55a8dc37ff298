#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/core.h>

#include "data/checks/rows.h"
#include "data/drift/contingency.h"
#include "data/statistics/gamma.h"
#include "data/table_state.h"
#include "mlo/core/text.h"

namespace mlo::data {

namespace {

constexpr double kUsualDistance = 0.05;
constexpr double kSignificance = 0.01;
constexpr std::size_t kTold = 3;

/// Rows of each class here and there.
Sides class_counts(const CheckInput& input) {
  std::map<std::string, std::pair<double, double>> counts;
  const auto count = [&](const Table& table, double std::pair<double, double>::*side) {
    const auto label = sql_column(table.state().index_of(input.settings.label));
    const auto column = table.state().index_of(input.settings.label);
    for (const auto& row : table.state().engine.rows(fmt::format(
             "SELECT {0}, CAST(count(*) AS VARCHAR) FROM t WHERE {1} IS NOT NULL GROUP BY 1",
             exact_text(table, column), label)))
      counts[row[0]->substr(1)].*side += std::stod(*row[1]);
  };
  count(*input.other, &std::pair<double, double>::first);
  count(input.table, &std::pair<double, double>::second);
  Sides sides;
  for (const auto& [name, both] : counts) {
    sides.categories.push_back(name);
    sides.reference_counts.push_back(both.first);
    sides.current_counts.push_back(both.second);
    sides.reference_total += both.first;
    sides.current_total += both.second;
  }
  return sides;
}

struct Change {
  std::string name;
  double before = 0;
  double now = 0;
  [[nodiscard]] double size() const { return std::abs(now - before); }
};

std::vector<Change> changes_of(const Sides& sides) {
  const auto share = [](double count, double total) { return total == 0 ? 0 : count / total; };
  std::vector<Change> changes;
  for (std::size_t i = 0; i < sides.categories.size(); ++i)
    changes.push_back({.name = sides.categories[i],
                       .before = share(sides.reference_counts[i], sides.reference_total),
                       .now = share(sides.current_counts[i], sides.current_total)});
  std::ranges::stable_sort(changes, std::greater{}, &Change::size);
  return changes;
}

/// Class shares against those of another table, such as the version before: their total variation
/// distance, half the sum of all changes of a share, at most 0.05 unless set. A small table differs
/// by chance, so that the change must also be significant: chi-square test of homogeneity, p <
/// 0.01.
std::vector<CheckResult> class_shift(const CheckInput& input) {
  const auto sides = class_counts(input);
  const auto changes = changes_of(sides);
  double distance = 0;
  for (const auto& change : changes) distance += change.size() / 2;
  double p_value = 1;
  if (sides.reference_total > 0 && sides.current_total > 0) {
    const auto found = contingency(sides);
    p_value = chi_square_survival(found.statistic, found.degrees_of_freedom);
  }
  const double limit = input.settings.limit.value_or(kUsualDistance);
  CheckResult result{.name = fmt::format("{}: class shares", input.settings.label)};
  result.value = distance;
  result.threshold = limit;
  result.passed = distance <= limit || p_value >= kSignificance;
  std::vector<std::string> told;
  for (const auto& change : changes)
    if (told.size() < kTold && change.size() > 0)
      told.push_back(fmt::format("'{}' {:.3f} → {:.3f}", change.name, change.before, change.now));
  if (!told.empty()) result.message = fmt::format("{}; p = {:.2g}", join(told, ", "), p_value);
  return {result};
}

const bool kRegistered = table_checks().add(
    "class_shift", {.needs_label = true, .needs_other = true, .run = class_shift});

}  // namespace

}  // namespace mlo::data
