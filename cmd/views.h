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

/// A check as it is told: its message ends in what was found, which is "sample_values" for scripts.
/// What is kept of a check has neither: a ledger forgets nobody's data.
Json told_check(Json check, const std::vector<std::string>& found);
/// For a column of Format::verdict: a check of severity warn does not fail, it warns.
Json verdict_of(const Json& check);
/// "32 checks", "31 of 32 checks, 1 warning"; where some failed: "2 of 32 checks, 1 warning".
std::string count_checks(std::int64_t checks, std::int64_t failed, std::int64_t warned);
/// A contract's results as rows for `check_fields`.
Json check_rows(const std::vector<data::CheckResult>& results);
/// "passed" and "checks" for scripts; for people the table of those that failed or warn. Rows are
/// objects with name, target, severity, passed, value, threshold, failing_rows and message.
std::vector<ui::Field> check_fields(bool passed, const Json& rows);
/// "passed: 41 checks", "FAILED: 2 of 41 checks, 1 warning".
std::string check_headline(const Json& rows);

/// The keys of `mlo drift --json`, and its columns as a table.
std::vector<ui::Field> drift_fields(const data::DriftReport& report);
/// Both distributions of each column.
std::vector<ui::Histogram> drift_histograms(const data::DriftReport& report);

/// {"accuracy": 0.9, …}
Json metrics_json(const data::Metrics& metrics);
/// A row {"name", "value"} a metric, for people.
ui::Field metrics_table(std::string label, const data::Metrics& metrics);

}  // namespace mlo::cmd
