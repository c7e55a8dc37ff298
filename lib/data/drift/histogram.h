#pragma once

#include "data/drift/measure.h"
#include "mlo/data/drift.h"

namespace mlo::data {

/// Fills bins and shares of `column` for a picture: ten equal-width bins for numbers, else the
/// twelve most frequent values, the last of them "other" when there are more.
void draw_histogram(ColumnDrift& column, const Sides& sides);

}  // namespace mlo::data
