#include "data/drift/measure.h"

namespace mlo::data {

Registry<Measure>& drift_measures() {
  // Inside a function: measures register themselves before main, in no known order.
  static Registry<Measure> measures;
  return measures;
}

}  // namespace mlo::data
