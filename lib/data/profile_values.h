#pragma once

#include "mlo/data/profile.h"

namespace mlo::data {

/// What the groups of equal values tell of column `index` of a table: for texts, booleans, times
/// and whatever else is no number.
///
/// Grouping takes memory that grows with the values that differ. Above `options.exact_rows` rows a
/// sketch looks first, and where it sees more than `options.exact_values` of them, its estimate
/// stands in `distinct`, and `top` holds those that are certainly the most frequent.
void profile_values(ColumnProfile& result, const Table& table, std::size_t index,
                    const ProfileOptions& options);

}  // namespace mlo::data
