#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/table.h"

namespace mlo::data {

struct DriftOptions {
  std::vector<std::string> columns = {};  ///< empty: all that both have
  std::string method = "auto";            ///< or one of drift_methods()
  double share = 0.5;                     ///< drifted columns that make the table drifted
  /// none, or benjamini-hochberg: tests of many columns call some of them drifted by chance.
  std::string correction = "none";
  bool classifier = false;  ///< also compare all columns together
};

/// Categories that only one side has.
struct ValueChange {
  std::int64_t count = 0;
  double share = 0;                   ///< of that side's values
  std::vector<std::string> examples;  ///< the most frequent ones
};

struct ColumnDrift {
  std::string name;
  std::string type;          ///< in the reference
  std::string current_type;  ///< in the current table
  std::string method;
  double statistic = 0;
  std::optional<double> p_value;
  std::optional<double> p_adjusted;  ///< under a correction: what is held against the threshold
  double threshold = 0;
  bool drifted = false;
  /// What makes it drifted whatever the measure says: "type" where the current values are of
  /// another kind, "values" where none of them stands in the reference; else empty.
  std::string change;
  /// numbers, times, categories, texts or identifiers
  std::string kind;
  double reference_missing = 0;  ///< shares of rows without a value
  double current_missing = 0;
  std::optional<double> out_of_range;     ///< numbers, times: share beyond the reference's extremes
  std::optional<ValueChange> new_values;  ///< categories
  std::optional<ValueChange> vanished_values;  ///< categories
  struct Text {
    double reference_length = 0;  ///< mean, in characters
    double current_length = 0;
    double out_of_vocabulary = 0;  ///< share of the current words that the reference never used
  };
  std::optional<Text> text;
  /// How far beyond its threshold, as a share of all columns' sum: statistic / threshold of a
  /// distance, ln p / ln threshold of a test.
  double contribution = 0;
  std::int64_t rank = 0;          ///< 1: the column that contributes most
  std::vector<std::string> bins;  ///< of the two histograms below
  std::vector<double> edges;      ///< numbers: of the bins, one more than there are; times: seconds
  std::vector<double> reference;  ///< shares
  std::vector<double> current;
};

/// A model that was asked to tell the two tables apart.
struct DomainClassifier {
  std::int64_t rows = 0;                                   ///< of both tables, that it saw
  double roc_auc = 0.5;                                    ///< 0.5: it cannot
  double threshold = 0;                                    ///< from here on it can
  std::vector<std::pair<std::string, double>> importance;  ///< shares of its gain, largest first
};

struct DriftReport {
  std::int64_t reference_rows = 0;
  std::int64_t current_rows = 0;
  std::vector<ColumnDrift> columns;  ///< in the reference's order
  double drifted_share = 0;          ///< of the columns compared and missing
  bool drifted = false;
  /// In the reference only: each counts as drifted, as what reads it fails. Without those that
  /// nobody asked for by name, as are the next.
  std::vector<std::string> missing_columns = {};
  std::vector<std::string> new_columns = {};  ///< in the current table only
  std::optional<DomainClassifier> classifier = {};
};

/// Compares each column's distribution. `auto` chooses as Evidently does: up to 1,000 reference
/// rows a test at p < 0.05 (Kolmogorov–Smirnov for numbers with more than five values, else
/// chi-square), above that Wasserstein or Jensen–Shannon distance at ≥ 0.1.
/// Missing and infinite values are left out; a column without any value on one side is judged by
/// its `missing_share`. Beside numbers, true and false are 1 and 0. A column of another kind than
/// the reference's (numbers, times, text) has drifted; text files have no types, so that what was
/// text and now looks like numbers is none. So has a column of categories of which every value is
/// new, unless the reference repeats so few of its own that this is chance. A method for numbers
/// gives way to the automatic choice on other columns.
///
/// Two kinds of text are not categories: columns named like identifiers whose values hardly repeat
/// on either side are not compared (`identifier`), and free text, where more than half of at least
/// 100 values differ, is compared by its `text_profile`. Evidently compares both value by value and
/// calls every one of them drifted.
DriftReport drift(const Table& reference, const Table& current, const DriftOptions& options);
/// The same of tables that are still to be read. Columns of large CSV and Parquet files are read in
/// groups, so that memory grows with the rows of a few columns, not with the table.
DriftReport drift(const TableFile& reference, const TableFile& current,
                  const DriftOptions& options);
std::vector<std::string> drift_methods();
/// {"rows": {"reference","current"}, "columns": […], "drifted_share", "drifted"}
Json to_json(const DriftReport& report);

}  // namespace mlo::data
