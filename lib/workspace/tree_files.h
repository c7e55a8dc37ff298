#pragma once

#include <vector>

#include "mlo/store/object_store.h"
#include "mlo/workspace/show.h"

namespace mlo::workspace {

/// Every file below the tree `digest`, sorted by path. Throws not_found when a tree is missing,
/// integrity when one is malformed or nested without end.
std::vector<StoredFile> tree_files(const store::ObjectStore& store, const Digest& digest);

}  // namespace mlo::workspace
