#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/contract/rows_view.h"
#include "data/engine.h"
#include "mlo/data/contract.h"

namespace mlo::data {

/// The columns that a rule names outside of its expressions.
std::vector<std::string> columns_of(const QualityRule& rule);
/// Whether the figure counts rows that fail, which can then be shown.
bool counts_rows(const QualityRule& rule);
/// Whether each value of `by` has a figure of its own; an order is kept within them instead.
bool splits(const QualityRule& rule);

/// A SELECT of (group or null, figure, failing rows), one row a group, ordered by group; for every
/// kind but query. Sums run in the order of the rows, so that they end in the same digits on any
/// number of threads.
std::string figure_sql(const QualityRule& rule, const RowsView& view, Timestamp now);
/// What one rule asks in a pass that all rules share: two aggregates over `mlo_rows`.
struct Folded {
  std::string figure;
  std::string failing;
};
/// Whether a rule can: not when it needs the rows' order, groups, or more than one pass.
bool folds(const QualityRule& rule);
std::optional<Folded> fold(const QualityRule& rule, const RowsView& view, Timestamp now);

/// A SELECT of the numbers of the first rows that fail, where `by` is `group`.
std::string failing_rows_sql(const QualityRule& rule, const RowsView& view,
                             const Engine::Text& group, int limit);

}  // namespace mlo::data
