#pragma once

#include "mlo/core/yaml.h"

namespace mlo::workspace {

/// A param as YAML says it. Throws bad_input at the place of a number that no run could tell: an
/// integer beyond 64 bits, which would become another one, or one that is not finite.
Json param_value(const Yaml& node);

}  // namespace mlo::workspace
