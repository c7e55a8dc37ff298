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

/// Throws integrity when the tree unfolds to more than any machine could hold, or nests too deep:
/// few trees can name each other so often. Each tree is read once.
void check_extent(const store::ObjectStore& store, const Digest& digest);

/// Everything below `digest`, whose extent is checked first.
Plan plan_of(const store::ObjectStore& store, const Digest& digest);

}  // namespace mlo::workspace
