#pragma once

#include <vector>

#include "data/drift/measure.h"
#include "mlo/data/drift.h"

namespace mlo::data {

/// What is told of a column beside its distance: kind, missing shares, values beyond the reference.
void describe(ColumnDrift& column, const Sides& sides);

/// Each column's contribution and rank, from its statistic, p-value and threshold.
void rank(std::vector<ColumnDrift>& columns);

}  // namespace mlo::data
