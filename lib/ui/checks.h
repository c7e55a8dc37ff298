#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlo/ui/view.h"

namespace mlo::ui {

/// The rows of the field "checks": objects with name, target, severity, passed, value, threshold.
const Json& checks_of(const View& view);
bool has_passed(const Json& check);
/// "id: unique: 3 (threshold 0): 3 rows: 4, 5, 6"
std::string sentence_of(const Json& check);
/// The lines of the target that the sample names, from 1; none where rows have no line.
std::vector<std::int64_t> failing_lines(const Json& check);

}  // namespace mlo::ui
