#pragma once

#include <string>
#include <vector>

#include "data/drift/domain_classifier.h"
#include "mlo/data/drift.h"

namespace mlo::data {

/// Which columns of two tables are compared: those of both, in the reference's order.
struct ComparedColumns {
  using Names = std::vector<std::string>;
  /// `wanted`: only these; empty: all. Throws not_found for one that a table does not have,
  /// bad_input when none is left.
  ComparedColumns(const Names& reference, const Names& current, const Names& wanted);
  Names names;
  Names missing;  ///< in the reference only; without those that are not wanted, as the next
  Names added;    ///< in the current table only
};

/// A report in the making: columns may be compared some at a time.
class TableComparison {
 public:
  /// Throws bad_input for options that are none.
  TableComparison(const DriftOptions& options, ComparedColumns columns);
  [[nodiscard]] const std::vector<std::string>& names() const { return compared_.names; }
  /// The next columns, which both tables have. Throws bad_input when one has no rows.
  void compare(const Table& reference, const Table& current, const std::vector<std::string>& names);
  /// When all have been compared.
  DriftReport report();

 private:
  void classify();

  DriftOptions options_;
  ComparedColumns compared_;
  DriftReport report_;
  std::vector<DomainFeature> features_;  ///< a column each; empty for what is no feature
  int threads_ = 1;
};

}  // namespace mlo::data
