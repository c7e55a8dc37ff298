#include "workspace/closure.h"

#include "mlo/core/error.h"
#include "mlo/store/tree.h"

namespace mlo::workspace {
namespace {

constexpr int kMaxDepth = 128;
constexpr std::uint64_t kMaxTreeBytes = 256U << 20U;
constexpr std::string_view kTreeHeader = "mlo-tree ";

}  // namespace

void Closure::add(const Digest& digest, bool folder, int depth) {
  if (depth > kMaxDepth)
    throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                kMaxDepth);
  if (!seen_.insert(digest).second) return;
  if (!store_->contains(digest)) {
    missing_.push_back(digest);
    missing_trees_ += folder ? 1 : 0;
    return;
  }
  content_bytes_ += store_->size_bytes(digest);
  if (!folder) return;
  for (const auto& entry : store::decode_tree(store_->read(digest)))
    add(entry.digest, entry.mode == store::TreeEntry::Mode::folder, depth + 1);
}

bool is_tree(const store::ObjectStore& store, const Digest& digest) {
  if (!store.contains(digest) || store.size_bytes(digest) > kMaxTreeBytes) return false;
  const auto text = store.read(digest);
  if (!text.starts_with(kTreeHeader)) return false;
  try {
    static_cast<void>(store::decode_tree(text));
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool is_whole(const store::ObjectStore& store, const Digest& digest, bool folder) {
  Closure closure(store);
  closure.add(digest, folder);
  return closure.missing().empty();
}

}  // namespace mlo::workspace
