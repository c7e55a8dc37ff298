#pragma once

#include <string>
#include <vector>

#include "mlo/core/json.h"
#include "mlo/ui/view.h"

namespace mlo::ui {

/// Things with figures each, for plots: runs with their params and metrics.
struct Comparison {
  struct Axis {
    std::string name;
    bool result = false;       ///< what came out, rather than what was put in
    std::vector<Json> values;  ///< one a thing; null: it has none
  };
  std::vector<std::string> names;
  std::vector<Axis> axes;
};

/// The page of `view` with plots: parallel coordinates over every axis with figures or words, and a
/// scatter of each result over each figure that was put in. Inline SVG, no scripts.
std::string to_html(const View& view, const Comparison& comparison);

}  // namespace mlo::ui
