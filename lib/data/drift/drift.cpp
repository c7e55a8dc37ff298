#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <utility>

#include "data/drift/comparison.h"
#include "data/drift/description.h"
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
constexpr auto kTextProfile = "text_profile";
constexpr auto kBenjaminiHochberg = "benjamini-hochberg";

/// Evidently's choice by size of the reference and kind of column.
std::string automatic_method(const ColumnDrift& column, const Sides& sides) {
  const bool is_small = sides.reference_total <= static_cast<double>(kMaxTestedRows);
  if (column.kind == kKindTexts) return kTextProfile;
  if (sides.is_numeric && sides.different > kMaxCategoricalValues)
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

/// What can be compared with each other; true and false are 1 and 0.
enum class Family { numbers, times, texts, others };

Family family_of(ColumnType type) {
  switch (type) {
    case ColumnType::boolean:
    case ColumnType::integer:
    case ColumnType::number: return Family::numbers;
    case ColumnType::date:
    case ColumnType::timestamp: return Family::times;
    case ColumnType::text: return Family::texts;
    case ColumnType::other: break;
  }
  return Family::others;
}

/// In a text file, where all is text, what looks like a number may be one by chance.
bool has_other_type(const Table& reference, const Table& current, const std::string& name) {
  const auto before = family_of(reference.find(name)->type);
  const auto now = family_of(current.find(name)->type);
  const auto format = current.reading().format;
  const bool is_text_file = format == Format::csv || format == Format::tsv;
  return before != now && !(before == Family::texts && is_text_file);
}

ColumnDrift compare_column(const Table& reference, const Table& current, const std::string& name,
                           const DriftOptions& options) {
  const bool by_name = !options.columns.empty();
  const bool automatic = options.method == "auto";
  const auto sides = read_sides(reference, current, name,
                                {.categories = !automatic && options.method != kTextProfile,
                                 .identifiers = by_name || !automatic,
                                 .texts = options.method == kTextProfile});
  ColumnDrift column{.name = name,
                     .type = std::string(name_of(reference.find(name)->type)),
                     .current_type = std::string(name_of(current.find(name)->type))};
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
  if (has_other_type(reference, current, name))
    column.change = "type";
  else if (all_new(column, sides))
    column.change = "values";
  column.drifted = column.drifted || !column.change.empty();
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
    column.drifted = *column.p_adjusted < column.threshold || !column.change.empty();
  }
}

/// Free text takes a thread many times as long as numbers do: begun last, all others would wait.
std::vector<std::size_t> longest_first(const Table& table, const std::vector<std::string>& names) {
  std::vector<std::size_t> order(names.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto is_text = [&](std::size_t i) {
    return table.find(names[i])->type == ColumnType::text;
  };
  std::stable_partition(order.begin(), order.end(), is_text);
  return order;
}

void check_options(const DriftOptions& options) {
  if (options.method != "auto" && drift_measures().find(options.method) == nullptr)
    throw Error(ErrorKind::bad_input, "no drift method '{}'", options.method)
        .hint("methods: auto, {}", join(drift_methods(), ", "));
  if (options.correction != "none" && options.correction != kBenjaminiHochberg)
    throw Error(ErrorKind::bad_input, "no correction '{}'", options.correction)
        .hint("corrections: none, {}", kBenjaminiHochberg);
  if (!(options.share > 0 && options.share <= 1))
    throw Error(ErrorKind::bad_input, "a share of {} drifted columns; it lies above 0 and up to 1",
                options.share);
}

}  // namespace

ComparedColumns::ComparedColumns(const Names& reference, const Names& current,
                                 const Names& wanted) {
  const auto has = [](const Names& all, const std::string& name) {
    return std::ranges::find(all, name) != all.end();
  };
  for (const auto& name : wanted)
    for (const auto* side : {&reference, &current})
      if (!has(*side, name)) throw no_column(name, *side);
  for (const auto& name : reference) {
    if (!wanted.empty() && !has(wanted, name)) continue;
    (has(current, name) ? names : missing).push_back(name);
  }
  for (const auto& name : current)
    if (wanted.empty() && !has(reference, name)) added.push_back(name);
  if (names.empty())
    throw Error(ErrorKind::bad_input, "the two tables have no column in common")
        .hint("columns of the reference: {}", join(reference, ", "));
}

TableComparison::TableComparison(const DriftOptions& options, ComparedColumns columns)
    : options_(options), compared_(std::move(columns)) {
  check_options(options_);
}

void TableComparison::compare(const Table& reference, const Table& current,
                              const std::vector<std::string>& names) {
  if (reference.rows() == 0) throw Error(ErrorKind::bad_input, "the reference has no rows");
  if (current.rows() == 0) throw Error(ErrorKind::bad_input, "the current table has no rows");
  report_.reference_rows = reference.rows();
  report_.current_rows = current.rows();
  auto& state = reference.state();
  threads_ = state.threads;
  const auto before = report_.columns.size();
  report_.columns.resize(before + names.size());
  features_.resize(before + names.size());
  std::atomic<std::size_t> done = before;
  const auto order = longest_first(reference, names);
  parallel_for(
      names.size(), threads_,
      [&](std::size_t turn) {
        const auto i = order[turn];
        auto& column = report_.columns[before + i];
        column = compare_column(reference, current, names[i], options_);
        if (options_.classifier && column.kind != kKindIdentifiers && column.kind != kKindTexts)
          features_[before + i] = domain_feature(reference, current, names[i]);
        state.progress.advance("columns compared", ++done, compared_.names.size());
      },
      state.stop);
}

void TableComparison::classify() {
  std::vector<std::string> names;
  std::vector<DomainFeature> features;
  for (std::size_t i = 0; i < features_.size(); ++i) {
    if (features_[i].empty()) continue;
    names.push_back(report_.columns[i].name);
    features.push_back(std::move(features_[i]));
  }
  report_.classifier =
      domain_classifier(names, features, {report_.reference_rows, report_.current_rows}, threads_);
  report_.drifted = report_.drifted || report_.classifier->roc_auc >= report_.classifier->threshold;
}

DriftReport TableComparison::report() {
  report_.missing_columns = compared_.missing;
  report_.new_columns = compared_.added;
  if (options_.correction == kBenjaminiHochberg) correct(report_.columns);
  rank(report_.columns);
  const auto vanished = std::ssize(report_.missing_columns);
  const auto compared = vanished + std::ranges::count_if(report_.columns, [](const auto& column) {
                          return column.method != kIdentifier;
                        });
  const auto drifted = vanished + std::ranges::count_if(report_.columns, &ColumnDrift::drifted);
  if (compared > 0)
    report_.drifted_share = static_cast<double>(drifted) / static_cast<double>(compared);
  report_.drifted = report_.drifted_share >= options_.share;
  if (options_.classifier) classify();
  return std::move(report_);
}

DriftReport drift(const Table& reference, const Table& current, const DriftOptions& options) {
  const auto names_of = [](const Table& table) {
    std::vector<std::string> names;
    for (const auto& column : table.columns()) names.push_back(column.name);
    return names;
  };
  TableComparison comparison(options, {names_of(reference), names_of(current), options.columns});
  comparison.compare(reference, current, comparison.names());
  return comparison.report();
}

std::vector<std::string> drift_methods() {
  return drift_measures().names();
}

}  // namespace mlo::data
