#include "workspace/plan.h"

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace {

using store::TreeEntry;

// A tree of few bytes can name another many times over: what it unfolds to is capped, too.
constexpr std::size_t kMaxItems = 50'000'000;

void unfold(const store::ObjectStore& store, const Digest& digest, const std::string& prefix,
            int depth, Plan& plan) {
  if (depth > kMaxDepth)
    throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                kMaxDepth);
  for (auto& entry : store::decode_tree(store.read(digest))) {
    if (plan.files.size() + plan.folders.size() >= kMaxItems)
      throw Error(ErrorKind::integrity, "tree {} unfolds to more than {} files", digest.text(),
                  kMaxItems);
    auto& items = entry.mode == TreeEntry::Mode::folder ? plan.folders : plan.files;
    items.push_back({prefix + entry.name, entry.mode, entry.size_bytes, entry.digest});
    if (entry.mode == TreeEntry::Mode::folder)
      unfold(store, entry.digest, fmt::format("{}{}/", prefix, entry.name), depth + 1, plan);
  }
}

}  // namespace

Plan plan_of(const store::ObjectStore& store, const Digest& digest) {
  Plan plan;
  unfold(store, digest, "", 0, plan);
  return plan;
}

}  // namespace mlo::workspace
