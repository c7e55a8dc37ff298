#pragma once

#include <string>
#include <vector>

#include "mlo/workspace/repository.h"

namespace mlo::workspace {

/// One value of a param in the file that holds it.
struct ChangedParam {
  std::string name;
  std::string file;
  Json before;
  Json after;
};

/// Writes values of params where they stand: `mlo.yaml`, or the file that it takes params from.
/// Nothing else of the file changes, its comments neither; what has the value already is left out
/// of the answer. Throws bad_input, before anything is written, when a value cannot be found there.
std::vector<ChangedParam> change_params(const Repository& repository, const Json& values);

}  // namespace mlo::workspace
