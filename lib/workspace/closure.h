#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "mlo/core/digest.h"
#include "mlo/store/object_store.h"

namespace mlo::workspace {

/// Every object that recorded content is made of: a file is itself, a folder its tree and all that
/// lies below. What was seen carries over from call to call, so that shared parts are walked once.
class Closure {
 public:
  explicit Closure(const store::ObjectStore& store) : store_(&store) {}

  /// Adds the content `digest`; objects that are not in the store are added to `missing()`.
  /// Throws integrity for a tree that cannot be one.
  void add(const Digest& digest, bool folder) { add(digest, folder, 0); }
  [[nodiscard]] bool contains(const Digest& digest) const { return seen_.contains(digest); }
  [[nodiscard]] const std::unordered_set<Digest>& objects() const { return seen_; }
  [[nodiscard]] const std::vector<Digest>& missing() const { return missing_; }
  /// Trees among the missing: what they hold is not known.
  [[nodiscard]] std::uint64_t missing_trees() const { return missing_trees_; }
  [[nodiscard]] std::uint64_t content_bytes() const { return content_bytes_; }

 private:
  void add(const Digest& digest, bool folder, int depth);
  const store::ObjectStore* store_;
  std::unordered_set<Digest> seen_;
  std::vector<Digest> missing_;
  std::uint64_t missing_trees_ = 0;
  std::uint64_t content_bytes_ = 0;
};

/// True for an object of the store that reads as a folder's tree: records name content by its
/// digest alone. Reads the object.
bool is_tree(const store::ObjectStore& store, const Digest& digest);
/// True when every object of that content is in the store.
bool is_whole(const store::ObjectStore& store, const Digest& digest, bool folder);

}  // namespace mlo::workspace
