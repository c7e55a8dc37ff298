#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mlo/core/error.h"
#include "mlo/ledger/records.h"
#include "mlo/run/train.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// What a user may call a model version: "churn" (newest), "churn@3", "churn@production".
struct Reference {
  std::string model;
  std::string selector;  ///< empty: newest
};
Reference parse_reference(std::string_view text);
/// Throws not_found naming the versions or stages there are.
ledger::ModelVersion resolve(workspace::Repository& repository, std::string_view reference);

/// What became of the file of one model.
struct Registration {
  /// `amended`: content that was a version before, of which mlo.yaml now says something else;
  /// `known`: content that was a version before, and nothing was recorded.
  enum class What { made, amended, known };
  What what = What::made;
  ledger::ModelVersion version;
  std::string note;  ///< for people: what an amended version is, what is not known of a version
  /// Why it was refused: nothing was recorded, and `version` has but the model's name and path.
  std::optional<Error> problem = {};
};

/// Records versions for the models whose file `trained` made or found as it was. Content is not
/// registered twice, unless the features, inputs or description that its newest version has differ
/// from what mlo.yaml says now: versions do not change, so that is a new one. One that cannot be
/// registered keeps no other out.
std::vector<Registration> register_models(workspace::Repository& repository,
                                          const run::Trained& trained, const std::string& reason);
/// The versions that were recorded by that.
std::vector<ledger::ModelVersion> recorded(const std::vector<Registration>& all);

}  // namespace mlo::model
