#include "workspace/tree_files.h"

#include <algorithm>

#include "workspace/plan.h"

namespace mlo::workspace {

std::vector<StoredFile> tree_files(const store::ObjectStore& store, const Digest& digest) {
  auto plan = plan_of(store, digest);
  std::vector<StoredFile> files;
  files.reserve(plan.files.size());
  for (auto& item : plan.files)
    files.push_back({std::move(item.path), item.mode, item.size_bytes, item.digest});
  std::ranges::sort(files, {}, &StoredFile::path);
  return files;
}

}  // namespace mlo::workspace
