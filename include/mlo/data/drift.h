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
};

struct ColumnDrift {
  std::string name;
  std::string type;
  std::string method;
  double statistic = 0;
  std::optional<double> p_value;
  double threshold = 0;
  bool drifted = false;
  std::vector<std::string> bins;  ///< of the two histograms below
  std::vector<double> reference;  ///< shares
  std::vector<double> current;
};

struct DriftReport {
  std::int64_t reference_rows = 0;
  std::int64_t current_rows = 0;
  std::vector<ColumnDrift> columns;  ///< in the reference's order
  double drifted_share = 0;
  bool drifted = false;
  std::vector<std::string> missing_columns = {};  ///< in the reference only; not compared
  std::vector<std::string> new_columns = {};      ///< in the current table only
};

/// Compares each column's distribution. `auto` chooses as Evidently does: up to 1,000 reference
/// rows a test at p < 0.05 (Kolmogorov–Smirnov for numbers with more than five values, else
/// chi-square), above that Wasserstein or Jensen–Shannon distance at ≥ 0.1.
/// Missing and infinite values are left out; a column without any value on one side is judged by
/// its `missing_share`. A method for numbers gives way to the automatic choice on other columns.
DriftReport drift(const Table& reference, const Table& current, const DriftOptions& options);
std::vector<std::string> drift_methods();
/// {"rows": {"reference","current"}, "columns": […], "drifted_share", "drifted"}
Json to_json(const DriftReport& report);

}  // namespace mlo::data
