#pragma once

#include <map>
#include <string>
#include <vector>

#include "mlo/workspace/references.h"

namespace mlo::workspace {

/// Recorded content of a path.
struct Recorded {
  Digest digest;
  bool folder = false;
};

/// One side of a comparison.
struct Side {
  std::string name;
  bool workspace = false;                   ///< what lies there now; `content` is unused
  std::map<std::string, Recorded> content;  ///< by path, without a trailing '/'
};

/// What the words of `mlo diff` mean.
struct Sides {
  Side before;
  Side after;
  std::vector<RepoPath> only;  ///< empty: everything
};
Sides read_sides(Repository& repository, const std::vector<Typed>& words);

}  // namespace mlo::workspace
