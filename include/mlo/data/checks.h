#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlo/core/registry.h"
#include "mlo/core/time.h"
#include "mlo/data/contract.h"
#include "mlo/data/table.h"

// What is commonly wrong with tables to learn from, looked for without a contract.

namespace mlo::data {

/// How one check is wanted; what is absent is the check's own choice.
struct CheckSettings {
  std::string kind;                     ///< a name in `table_checks()`
  std::vector<std::string> columns;     ///< only these; empty: all that the check can judge
  std::string label;                    ///< the column with the class
  std::string against;                  ///< the other table's file, for those that compare two
  std::optional<double> limit;          ///< what the figure may reach
  std::optional<std::string> severity;  ///< error, warn
};

/// A version of the table, for the check of origins.
struct TableOrigin {
  std::filesystem::path content;
  std::string name;   ///< "version 2"
  std::string doubt;  ///< why rows that came with it are not to be trusted; empty: they are
};

/// What a check sees.
struct CheckInput {
  const Table& table;
  const CheckSettings& settings;
  const Table* other = nullptr;  ///< opened `settings.against`; never null for those that need it
  Timestamp now;
  std::span<const TableOrigin> origins = {};  ///< oldest first, the present one last
};

/// One kind of check. A new kind is one file in lib/data/checks/ that adds itself here.
struct TableCheck {
  std::string severity = "error";  ///< when the settings name none
  bool needs_label = false;
  bool needs_other = false;
  /// Results need name, passed, value, threshold, failing_rows, sample and message; target and
  /// severity are filled in by `run_check`.
  std::function<std::vector<CheckResult>(const CheckInput&)> run;
};
Registry<TableCheck>& table_checks();

/// Throws bad_input naming the nearest kind when there is none called so.
const TableCheck& table_check(std::string_view kind);

/// Throws bad_input for an unknown kind, or for a label or other table that is wanted and absent;
/// not_found for columns that the table does not have.
std::vector<CheckResult> run_check(const CheckInput& input, std::string_view target);
/// What checks of a file need to know beside it.
struct CheckPlace {
  std::filesystem::path folder;  ///< `settings.against` lies below it
  std::string target;
  Timestamp now;
  std::vector<TableOrigin> origins = {};  ///< oldest first, the present one last
};
/// The same on a file, whose samples get their lines.
std::vector<CheckResult> run_checks(const std::filesystem::path& source,
                                    const std::vector<CheckSettings>& settings,
                                    const CheckPlace& place, const ReadOptions& reading = {});

}  // namespace mlo::data
