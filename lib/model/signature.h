#pragma once

#include <string>

#include "mlo/ledger/records.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// What a version takes and answers, and the columns that feed it.
struct Signature {
  Json json = Json::object();  ///< {"inputs", "outputs", "features"}
  std::string missing = {};    ///< why the first two are not there; empty when they are
};

/// The table that shows what feeds the model: its held-out data, or else what its monitor compares
/// with; empty when mlo.yaml names neither.
std::string data_of(const workspace::ModelSpec& spec);

/// Of `content`, made as `spec.path`. Where mlo.yaml names no features they are those of `before`,
/// an earlier version of the same content, or else the columns of the model's data that its inputs
/// are called like, and those that hold what its inputs of several columns take. Throws bad_input
/// when the engine refuses the file, or takes another number of features.
Signature signature_for(workspace::Repository& repository, const workspace::ModelSpec& spec,
                        const Digest& content, const ledger::ModelVersion* before = nullptr);

}  // namespace mlo::model
