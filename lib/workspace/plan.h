#pragma once

#include <string>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/store/object_store.h"
#include "mlo/store/tree.h"

namespace mlo::workspace {

/// Everything below a tree of the store, flat: folders come before what they hold.
struct Plan {
  struct Item {
    std::string path;  ///< below the tree, parts separated by '/'
    store::TreeEntry::Mode mode = store::TreeEntry::Mode::file;
    std::uint64_t size_bytes = 0;
    Digest digest;
  };
  std::vector<Item> folders;
  std::vector<Item> files;  ///< links too
};

/// Reads every tree below `digest`. Throws integrity for a chain without end, before anything was
/// done with it.
Plan plan_of(const store::ObjectStore& store, const Digest& digest);

}  // namespace mlo::workspace
