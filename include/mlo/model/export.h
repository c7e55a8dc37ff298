#pragma once

#include <string>
#include <vector>

#include "mlo/workspace/repository.h"

namespace mlo::model {

/// A model version as somebody else's tools take it; `reference` as "churn@3".
/// Throws bad_input for a format that there is not, not_found when the version lacks what it needs.
std::string export_model(workspace::Repository& repository, const std::string& reference,
                         const std::string& format);
/// The words for `format`, sorted: card, cyclonedx, in-toto, sigstore, slsa.
std::vector<std::string> export_formats();

}  // namespace mlo::model
