#pragma once

#include "data/drift/measure.h"

namespace mlo::data {

/// What can be said of free text beyond its distance.
struct TextFacts {
  double reference_length = 0;  ///< mean, in characters (Unicode code points)
  double current_length = 0;
  /// Of the current side's words, the share that the reference never used. Words are runs of
  /// letters, digits and bytes beyond ASCII, ASCII letters in lower case.
  double out_of_vocabulary = 0;
};
TextFacts text_facts(const Sides& sides);

}  // namespace mlo::data
