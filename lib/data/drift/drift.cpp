#include "mlo/data/drift.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "data/drift/histogram.h"
#include "data/drift/measure.h"
#include "data/drift/sides.h"
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

/// Evidently's choice by size of the reference and kind of column.
std::string automatic_method(const Sides& sides) {
  const bool is_small = sides.reference_total <= static_cast<double>(kMaxTestedRows);
  if (sides.is_numeric && sides.distinct() > kMaxCategoricalValues)
    return is_small ? "ks" : "wasserstein";
  return is_small ? "chi_square" : "jensen_shannon";
}

/// A measure of numbers asked for a column of categories gives way to the automatic choice.
std::string method_for(const Sides& sides, const std::string& wanted) {
  if (wanted == "auto") return automatic_method(sides);
  if (!sides.is_numeric && drift_measures().find(wanted)->numbers_only)
    return automatic_method(sides);
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
                           const std::string& method) {
  const auto sides = read_sides(reference, current, name);
  ColumnDrift column{.name = name, .type = std::string(name_of(reference.find(name)->type))};
  draw_histogram(column, sides);
  if (sides.reference_total == 0 || sides.current_total == 0) {
    compare_missing(column, sides);
    return column;
  }
  column.method = method_for(sides, method);
  const auto& measure = *drift_measures().find(column.method);
  const auto measured = measure.compare(sides);
  column.statistic = measured.statistic;
  column.p_value = measured.p_value;
  column.threshold = measure.threshold;
  column.drifted = measured.p_value ? *measured.p_value < measure.threshold
                                    : measured.statistic >= measure.threshold;
  return column;
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
    report.columns[i] = compare_column(reference, current, names[i], options.method);
  });
  const auto drifted = std::count_if(report.columns.begin(), report.columns.end(),
                                     [](const auto& column) { return column.drifted; });
  report.drifted_share = static_cast<double>(drifted) / static_cast<double>(names.size());
  report.drifted = report.drifted_share >= options.share;
  return report;
}

std::vector<std::string> drift_methods() {
  return drift_measures().names();
}

namespace {

Json texts(const std::vector<std::string>& all) {
  return Json::Array(all.begin(), all.end());
}
Json numbers(const std::vector<double>& all) {
  return Json::Array(all.begin(), all.end());
}

}  // namespace

Json to_json(const DriftReport& report) {
  Json columns = Json::array();
  for (const auto& column : report.columns) {
    columns.add(Json::object({{"name", column.name},
                              {"type", column.type},
                              {"method", column.method},
                              {"statistic", column.statistic},
                              {"p_value", column.p_value ? Json(*column.p_value) : Json()},
                              {"threshold", column.threshold},
                              {"drifted", column.drifted},
                              {"bins", texts(column.bins)},
                              {"reference", numbers(column.reference)},
                              {"current", numbers(column.current)}}));
  }
  return Json::object({{"rows", Json::object({{"reference", report.reference_rows},
                                              {"current", report.current_rows}})},
                       {"columns", std::move(columns)},
                       {"missing_columns", texts(report.missing_columns)},
                       {"new_columns", texts(report.new_columns)},
                       {"drifted_share", report.drifted_share},
                       {"drifted", report.drifted}});
}

}  // namespace mlo::data
