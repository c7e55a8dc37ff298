#pragma once

#include <string>
#include <string_view>

namespace mlo::serve::tracking {

/// "3/<run>/artifacts/model/MLmodel" or "3/models/m-…/artifacts/MLmodel", taken apart.
struct ArtifactPath {
  std::string owner;  ///< id of a run or a logged model; of a version of ours: "mlo:churn@3"
  std::string path;   ///< below its root; empty: the root itself
};
/// Throws bad_input for a path that is absolute, climbs, or hides that it does; not_found for one
/// that belongs to nothing that can be here.
ArtifactPath parse_artifact_path(std::string_view path);
/// The same checks for a path below an owner's root.
void check_artifact_path(std::string_view path);

}  // namespace mlo::serve::tracking
