#pragma once

#include <vector>

#include "data/drift/measure.h"
#include "mlo/data/drift.h"

namespace mlo::data {

/// What is told of a column beside its distance: kind, missing shares, values beyond the reference.
void describe(ColumnDrift& column, const Sides& sides);

/// Whether no value of a column of categories stands in the reference, and that is no chance: the
/// share of the reference's rows whose value is there once says how often a new one comes anyway
/// (Good, Biometrika 40 (1953), 237–264).
bool all_new(const ColumnDrift& column, const Sides& sides);

/// Each column's contribution and rank, from its statistic, p-value and threshold.
void rank(std::vector<ColumnDrift>& columns);

}  // namespace mlo::data
