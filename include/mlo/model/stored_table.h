#pragma once

#include <string>

#include "mlo/core/file.h"
#include "mlo/data/table.h"
#include "mlo/workspace/repository.h"

namespace mlo::model {

/// A table of the workspace by the content that `mlo.lock` names, not by what lies there now.
struct StoredTable {
  std::string path;
  Digest digest;
  data::Table table;
};

/// Opens `path` as recorded. Throws not_found when it is neither tracked nor an output of a step.
StoredTable open_stored_table(workspace::Repository& repository, const std::string& path,
                              const data::ReadOptions& options = {});

}  // namespace mlo::model
