#include "mlo/data/drift.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/drift/description.h"
#include "data/drift/domain_classifier.h"
#include "data/drift/histogram.h"
#include "data/drift/measure.h"
#include "data/drift/sides.h"
#include "data/statistics/multiple_testing.h"
#include "data/table_state.h"
#include "mlo/core/error.h"
#include "mlo/core/text.h"
#include "mlo/core/thread.h"

namespace mlo::data {

namespace {

constexpr std::int64_t kMaxTestedRows = 1000;  ///< above, tests call every difference significant
constexpr std::size_t kMaxCategoricalValues = 5;
constexpr double kMissingThreshold = 0.1;
constexpr auto kMissingShare = "missing_share";
constexpr auto kIdentifier = "identifier";
constexpr auto kBenjaminiHochberg = "benjamini-hochberg";

/// Evidently's choice by size of the reference and kind of column.
std::string automatic_method(const ColumnDrift& column, const Sides& sides) {
  const bool is_small = sides.reference_total <= static_cast<double>(kMaxTestedRows);
  if (column.kind == kKindTexts) return "text_profile";
  if (sides.is_numeric && sides.distinct() > kMaxCategoricalValues)
    return is_small ? "ks" : "wasserstein";
  return is_small ? "chi_square" : "jensen_shannon";
}

/// A measure of numbers asked for a column of categories gives way to the automatic choice.
std::string method_for(const ColumnDrift& column, const Sides& sides, const std::string& wanted) {
  if (wanted == "auto") return automatic_method(column, sides);
  const auto& measure = *drift_measures().find(wanted);
  if ((measure.numbers_only && !sides.is_numeric) || (measure.texts_only && sides.is_numeric))
    return automatic_method(column, sides);
  return wanted;
}

/// One side without any value has no distribution: what differs is how much is missing.
void compare_missing(ColumnDrift& column, const Sides& sides) {
  column.method = kMissingShare;
  column.statistic = (sides.reference_total == 0) == (sides.current_total == 0) ? 0 : 1;
  column.threshold = kMissingThreshold;
  column.drifted = column.statistic >= column.threshold;
}

ColumnDrift compare_column(const Table& reference, const Table& current, const std::string& name,
                           const DriftOptions& options) {
  const auto sides = read_sides(reference, current, name);
  ColumnDrift column{.name = name, .type = std::string(name_of(reference.find(name)->type))};
  describe(column, sides);
  draw_histogram(column, sides);
  if (sides.reference_total == 0 || sides.current_total == 0) {
    compare_missing(column, sides);
    return column;
  }
  // Asked for by name or by method, it is compared all the same.
  if (column.kind == kKindIdentifiers && options.method == "auto" && options.columns.empty()) {
    column.method = kIdentifier;
    return column;
  }
  column.method = method_for(column, sides, options.method);
  const auto& measure = *drift_measures().find(column.method);
  const auto measured = measure.compare(sides);
  column.statistic = measured.statistic;
  column.p_value = measured.p_value;
  column.threshold = measured.threshold.value_or(measure.threshold);
  column.drifted = measured.p_value ? *measured.p_value < column.threshold
                                    : measured.statistic >= column.threshold;
  return column;
}

/// Judges the tests of all columns together.
void correct(std::vector<ColumnDrift>& columns) {
  std::vector<double> p_values;
  for (const auto& column : columns)
    if (column.p_value) p_values.push_back(*column.p_value);
  const auto adjusted = benjamini_hochberg(p_values);
  auto next = adjusted.begin();
  for (auto& column : columns) {
    if (!column.p_value) continue;
    column.p_adjusted = *next++;
    column.drifted = *column.p_adjusted < column.threshold;
  }
}

std::vector<std::string> names_only_in(const Table& table, const Table& other) {
  std::vector<std::string> names;
  for (const auto& column : table.columns())
    if (other.find(column.name) == nullptr) names.push_back(column.name);
  return names;
}

std::vector<std::string> compared_columns(const Table& reference, const Table& current,
                                          const std::vector<std::string>& wanted) {
  for (const auto& name : wanted) {
    (void)reference.state().index_of(name);  // each throws not_found with a hint
    (void)current.state().index_of(name);
  }
  std::vector<std::string> names;
  for (const auto& column : reference.columns()) {
    const bool is_wanted =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), column.name) != wanted.end();
    if (is_wanted && current.find(column.name) != nullptr) names.push_back(column.name);
  }
  if (names.empty())
    throw Error(ErrorKind::bad_input, "the two tables have no column in common")
        .hint("columns of the reference: {}", join(names_only_in(reference, current), ", "));
  return names;
}

void check_options(const Table& reference, const Table& current, const DriftOptions& options) {
  if (options.method != "auto" && drift_measures().find(options.method) == nullptr)
    throw Error(ErrorKind::bad_input, "no drift method '{}'", options.method)
        .hint("methods: auto, {}", join(drift_methods(), ", "));
  if (options.correction != "none" && options.correction != kBenjaminiHochberg)
    throw Error(ErrorKind::bad_input, "no correction '{}'", options.correction)
        .hint("corrections: none, {}", kBenjaminiHochberg);
  if (!(options.share > 0 && options.share <= 1))
    throw Error(ErrorKind::bad_input, "a share of {} drifted columns; it lies above 0 and up to 1",
                options.share);
  if (reference.rows() == 0) throw Error(ErrorKind::bad_input, "the reference has no rows");
  if (current.rows() == 0) throw Error(ErrorKind::bad_input, "the current table has no rows");
}

}  // namespace

DriftReport drift(const Table& reference, const Table& current, const DriftOptions& options) {
  check_options(reference, current, options);
  const auto names = compared_columns(reference, current, options.columns);
  DriftReport report{.reference_rows = reference.rows(), .current_rows = current.rows()};
  report.missing_columns = names_only_in(reference, current);
  report.new_columns = names_only_in(current, reference);
  report.columns.resize(names.size());
  parallel_for(names.size(), reference.state().threads, [&](std::size_t i) {
    report.columns[i] = compare_column(reference, current, names[i], options);
  });
  if (options.correction == kBenjaminiHochberg) correct(report.columns);
  rank(report.columns);
  const auto compared = std::ranges::count_if(
      report.columns, [](const auto& column) { return column.method != kIdentifier; });
  const auto drifted = std::ranges::count_if(report.columns, &ColumnDrift::drifted);
  if (compared > 0)
    report.drifted_share = static_cast<double>(drifted) / static_cast<double>(compared);
  report.drifted = report.drifted_share >= options.share;
  if (options.classifier) {
    std::vector<std::string> features;
    for (const auto& column : report.columns)
      if (column.kind != kKindIdentifiers && column.kind != kKindTexts)
        features.push_back(column.name);
    report.classifier = domain_classifier(reference, current, features);
    report.drifted = report.drifted || report.classifier->roc_auc >= report.classifier->threshold;
  }
  return report;
}

std::vector<std::string> drift_methods() {
  return drift_measures().names();
}

}  // namespace mlo::data
