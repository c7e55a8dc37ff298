#include "workspace/plan.h"

#include <unordered_map>

#include <fmt/format.h>

#include "mlo/core/error.h"
#include "workspace/scanner.h"

namespace mlo::workspace {
namespace {

using store::TreeEntry;

constexpr std::uint64_t kMaxItems = 50'000'000;
constexpr std::uint64_t kMaxPathBytes = 4ULL << 30U;

/// What a tree unfolds to.
struct Extent {
  std::uint64_t items = 0;
  std::uint64_t path_bytes = 0;  ///< of all paths below it
};

class Measure {
 public:
  explicit Measure(const store::ObjectStore& store) : store_(store) {}

  Extent of(const Digest& digest, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                  kMaxDepth);
    if (const auto known = known_.find(digest); known != known_.end()) return known->second;
    Extent all;
    for (const auto& entry : store::decode_tree(store_.read(digest))) {
      const auto length = entry.name.size() + 1;
      add(all, {1, length}, digest);
      if (entry.mode != TreeEntry::Mode::folder) continue;
      const auto below = of(entry.digest, depth + 1);
      add(all, {below.items, below.path_bytes + below.items * length}, digest);
    }
    return known_[digest] = all;
  }

 private:
  // Both sums stay near their limits, so that neither runs over.
  static void add(Extent& all, const Extent& more, const Digest& digest) {
    all.items += more.items;
    all.path_bytes += more.path_bytes;
    if (all.items > kMaxItems || all.path_bytes > kMaxPathBytes)
      throw Error(ErrorKind::integrity, "tree {} unfolds to more than {} files or {} GB of names",
                  digest.text(), kMaxItems, kMaxPathBytes >> 30U);
  }

  const store::ObjectStore& store_;
  std::unordered_map<Digest, Extent> known_;
};

void unfold(const store::ObjectStore& store, const Digest& digest, const std::string& prefix,
            int depth, Plan& plan) {
  // Parts that are shared are measured once, wherever they stand: the depth is of this place.
  if (depth > kMaxDepth)
    throw Error(ErrorKind::integrity, "tree {} is nested deeper than {} folders", digest.text(),
                kMaxDepth);
  for (auto& entry : store::decode_tree(store.read(digest))) {
    auto& items = entry.mode == TreeEntry::Mode::folder ? plan.folders : plan.files;
    items.push_back({prefix + entry.name, entry.mode, entry.size_bytes, entry.digest});
    if (entry.mode == TreeEntry::Mode::folder)
      unfold(store, entry.digest, fmt::format("{}{}/", prefix, entry.name), depth + 1, plan);
  }
}

}  // namespace

void check_extent(const store::ObjectStore& store, const Digest& digest) {
  static_cast<void>(Measure(store).of(digest, 0));
}

Plan plan_of(const store::ObjectStore& store, const Digest& digest) {
  check_extent(store, digest);
  Plan plan;
  unfold(store, digest, "", 0, plan);
  return plan;
}

}  // namespace mlo::workspace
