#pragma once

#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/data/contract.h"
#include "mlo/data/drift.h"
#include "mlo/data/quality.h"
#include "mlo/ui/view.h"

namespace mlo::cmd {

// Parts of answers that several commands give.

/// A contract's results as rows for `check_fields`.
Json check_rows(const std::vector<data::CheckResult>& results);
/// "passed" and "checks" for scripts; for people the table of the checks that failed. Rows are
/// objects with name, target, severity, passed, value, threshold, failing_rows and message.
std::vector<ui::Field> check_fields(bool passed, const Json& rows);
/// "41 checks passed" or "2 of 41 checks failed".
std::string check_headline(const Json& rows);

/// The keys of `mlo drift --json`, and its columns as a table.
std::vector<ui::Field> drift_fields(const data::DriftReport& report);
/// "5 of 30 columns drifted".
std::string drift_headline(const data::DriftReport& report);
/// Both distributions of each column.
std::vector<ui::Histogram> drift_histograms(const data::DriftReport& report);

/// {"accuracy": 0.9, …}
Json metrics_json(const data::Metrics& metrics);
/// A row {"name", "value"} a metric, for people.
ui::Field metrics_table(std::string label, const data::Metrics& metrics);

}  // namespace mlo::cmd
