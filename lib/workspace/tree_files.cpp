#include "workspace/tree_files.h"

#include <algorithm>

#include "mlo/core/error.h"

namespace mlo::workspace {
namespace {

constexpr int kMaxDepth = 128;

struct Walk {
  const store::ObjectStore& store;
  std::vector<StoredFile> files;

  void tree(const Digest& digest, const std::string& prefix, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                  kMaxDepth);
    for (const auto& entry : store::decode_tree(store.read(digest))) {
      if (entry.mode == store::TreeEntry::Mode::folder)
        tree(entry.digest, prefix + entry.name + "/", depth + 1);
      else
        files.push_back({prefix + entry.name, entry.mode, entry.size_bytes, entry.digest});
    }
  }
};

}  // namespace

std::vector<StoredFile> tree_files(const store::ObjectStore& store, const Digest& digest) {
  Walk walk{store, {}};
  walk.tree(digest, "", 0);
  std::ranges::sort(walk.files, {}, &StoredFile::path);
  return std::move(walk.files);
}

}  // namespace mlo::workspace
