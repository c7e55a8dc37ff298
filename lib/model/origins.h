#pragma once

#include <memory>
#include <vector>

#include "mlo/data/checks.h"
#include "mlo/workspace/repository.h"
#include "mlo/workspace/table_source.h"

namespace mlo::model {

/// The recorded versions of a dataset, oldest first; their contents live as long as this.
struct Origins {
  std::vector<data::TableOrigin> versions;
  std::vector<workspace::TableSource> contents;
};

/// What speaks against each version: an entry of the ledger that does not verify, no source, a
/// source or an actor that `check` does not list.
Origins origins_of(workspace::Repository& repository, const std::string& path,
                   const workspace::DataCheckSpec& check);

}  // namespace mlo::model
