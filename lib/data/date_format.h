#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlo/data/table.h"

namespace mlo::data {

/// Patterns, as Java's DateTimeFormatter and with it ODCS writes them ("dd/MM/yyyy"), in which
/// days, months and years may stand in `example`, parted as they are there; with times of day
/// behind them for timestamps. Years of two figures come first: a reader of four takes 24 for the
/// year 24.
std::vector<std::string> date_patterns(std::string_view example, ColumnType type);
/// The same in strptime's words ("%d/%m/%Y"); empty for a pattern of other fields than those.
std::string strptime_format(std::string_view pattern);
/// Whether dates are year, month and day with dashes, which no reader takes for something else.
bool is_iso(std::string_view pattern);
/// "dMy" of "dd/MM/yyyy": in which order the fields of a date stand.
std::string field_order(std::string_view pattern);

}  // namespace mlo::data
