#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mlo/core/digest.h"
#include "mlo/ledger/records.h"
#include "mlo/store/object_store.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// The content that a version stands for.
struct ModelFiles {
  Digest digest;  ///< of the one model file, or of the folder
  std::string path;
  Digest tree;  ///< of the folder; of the file when there is only that
  std::uint64_t size_bytes = 0;
};
/// Makes one object of what an owner keeps at or below `path`.
ModelFiles gather_files(workspace::Repository& repository, store::Batch& batch,
                        std::string_view owner, std::string_view path);
/// Params, metrics and datasets of the run that made it.
void add_run_facts(workspace::Repository& repository, ledger::ModelVersion& version);

}  // namespace mlo::model
