#include "model/targets/target.h"

namespace mlo::model {

Registry<Target>& targets() {
  static Registry<Target> registry;
  return registry;
}

}  // namespace mlo::model
